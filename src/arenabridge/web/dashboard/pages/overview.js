/** What a person wants to know who opens the dashboard: does it work, what is going on, does anything need me? */

import { useZoned } from '../api.js';
import { live, workers } from '../feed/live.js';
import { compact, duration, number, percent, UNKNOWN } from '../formats.js';
import { RequestsChart } from '../parts/chart.js';
import { Copy } from '../parts/copy.js';
import { Badge, Bar, Card, Notice, PageHead, Segments, Stat } from '../parts/layout.js';
import { Liveness } from '../parts/liveness.js';
import { Replicas } from '../parts/replicas.js';
import { Notices } from '../parts/notices.js';
import { Empty, Loaded, Loading } from '../parts/states.js';
import { ClockTime } from '../parts/time.js';
import { UnderWay } from '../parts/under_way.js';
import { WorkersTable } from '../parts/workers_table.js';
import { outcomeTone, reasonName } from '../requests/words.js';
import { address } from '../router.js';
import { isAdministrator } from '../session.js';
import { known, t } from '../texts.js';
import { html, useEffect, useState } from '../ui.js';
import { wanted, workerName } from '../worker_words.js';

const RANGES = ['24h', '7d', '30d', '90d'];
const RELOAD_MS = 30_000;
/** After the last request began or ended: then its figures are there too. */
const SETTLED_MS = 1500;

export function Overview() {
  const [range, setRange] = useState('24h');
  const loaded = useZoned(`/api/overview?range=${range}`);
  useEffect(() => {
    const again = setInterval(() => document.visibilityState === 'visible' && loaded.reload(), RELOAD_MS);
    return () => clearInterval(again);
  }, [range]);
  useEffect(() => {
    const soon = setTimeout(loaded.reload, SETTLED_MS);
    return () => clearTimeout(soon);
  }, [live.value?.now.running, live.value?.now.waiting]);
  const about = html`<${Liveness} />${loaded.value && html`<span>${t('overview.base_url')}</span> <${Copy} text=${loaded.value.base_url} name=${t('overview.base_url')} />`}`;
  return html`
    <${PageHead} title=${t('nav.overview')} about=${about}>
      <${Segments} name=${t('range')} value=${range} choose=${setRange} options=${RANGES.map((each) => [each, t(`range.${each}`)])} />
    <//>
    <${Attention} />
    ${isAdministrator.value && html`<${Notices} />`}
    <${Loaded} from=${loaded}>${(value) => html`<${Figures} figures=${value.figures} /><${Charts} overview=${value} />`}<//>
    ${isAdministrator.value && html`<${WorkersCard} /><${Replicas} />`}
    <${UnderWay} />
    ${loaded.value && html`<${Latest} recent=${loaded.value.recent} />`}
  `;
}

/** What needs a person, each in one sentence. */
function Attention() {
  const now = live.value?.now;
  if (!now) return null;
  const needy = workers.value.filter((worker) => worker.needs);
  const connect = isAdministrator.value && html`<a class="button primary" href=${address('connect')}>${t('connect.title')}</a>`;
  return html`
    ${needy.map((worker) => html`
      <${Notice} key=${worker.id} title=${t('attention.needs_you', { name: workerName(worker, t('worker.unnamed')) })} action=${html`<a class="button" href=${address('workers')}>${t('attention.show')}</a>`}>
        ${t(wanted(worker))}${worker.needs.words && ` ${t('needs.words', { words: worker.needs.words })}`} ${now.waiting ? t('attention.waiting', { count: now.waiting }) : ''}
      <//>
    `)}
    ${!now.workers && html`<${Notice} title=${t('attention.no_worker')} action=${connect}>${t('attention.no_worker.words')}<//>`}
    ${now.workers > 0 && !now.able && !needy.length && html`<${Notice} title=${t('attention.none_able')} action=${isAdministrator.value && html`<a class="button" href=${address('workers')}>${t('attention.show')}</a>`}>${t('attention.none_able.words')}<//>`}
  `;
}

function Figures({ figures }) {
  const now = live.value?.now;
  return html`
    <div class="grid four">
      <${Stat} title=${t('requests')} value=${number(figures.requests)} about=${compared(figures)} />
      <${Stat} title=${t('overview.success')} value=${percent(figures.success)} about=${failures(figures)} />
      <${Stat} title=${t('overview.first_token')} value=${duration(figures.first_token_median)} about=${figures.first_token_p95 == null ? '' : t('overview.p95', { time: duration(figures.first_token_p95) })} />
      <${Stat} title=${t('overview.now')} value=${now ? t('overview.running', { count: now.running }) : UNKNOWN} about=${now ? t('overview.queue', { waiting: now.waiting, free: now.free_slots, able: now.able, all: now.workers }) : ''} />
      <${Stat} title=${t('overview.duration')} value=${duration(figures.duration_mean)} />
      <${Stat} title=${t('overview.tokens')} value=${figures.tokens_in == null ? UNKNOWN : compact(figures.tokens_in + figures.tokens_out)} about=${figures.tokens_in == null ? '' : t('overview.in_out', { in: compact(figures.tokens_in), out: compact(figures.tokens_out) })} />
      <${Stat} title=${t('overview.keys')} value=${number(figures.active_keys)} />
      <${Stat} title=${t('overview.uploads')} value=${number(figures.upload_failures)} />
    </div>
  `;
}

function compared({ requests, requests_before: before }) {
  if (requests == null || !before) return '';
  const change = requests / before - 1;
  return t('overview.compared', { change: `${change < 0 ? '−' : '+'}${percent(Math.abs(change))}` });
}

const failures = ({ failures: codes }) =>
  Object.entries(codes ?? {}).sort((a, b) => b[1] - a[1]).slice(0, 3).map(([code, count]) => `${number(count)}\u00a0×\u00a0${known(`outcome.${code}`, code)}`).join(', ');

const Charts = ({ overview }) => html`
  <div class="grid two">
    <${Card} title=${t('overview.series')} aside=${html`<span class="muted small">${t('local_time')}</span>`}>
      ${overview.series?.some((each) => each.requests) ? html`<${RequestsChart} series=${overview.series} />` : html`<${Empty} title=${t('overview.no_requests')}>${t('overview.no_requests.words')}<//>`}
    <//>
    <${Card} title=${t('overview.models')} aside=${html`<a href=${address('analytics')}>${t('nav.analytics')}</a>`}>
      ${overview.models?.length ? html`<${ModelsTable} models=${overview.models} />` : html`<${Empty} title=${t('overview.no_requests')} />`}
    <//>
  </div>
`;

const ModelsTable = ({ models }) => html`
  <table><thead class="visually-hidden"><tr><th>${t('model')}</th><th>${t('overview.share')}</th><th>${t('requests')}</th></tr></thead>
    <tbody>${models.map(({ model, requests }) => html`<tr key=${model}><td class="wide">${model}</td><td><${Bar} share=${requests / models[0].requests} /></td><td class="number">${number(requests)}</td></tr>`)}</tbody></table>
`;

const WorkersCard = () => html`
  <${Card} title=${t('nav.workers')} aside=${html`<a class="button" href=${address('connect')}>${t('connect.title')}</a>`}>
    ${live.value === null ? html`<${Loading} />` : workers.value.length ? html`<${WorkersTable} workers=${workers.value} />` : html`<${Empty} title=${t('workers.none')}>${t('workers.none.words')}<//>`}
  <//>
`;

const Latest = ({ recent }) => html`
  <${Card} title=${t('overview.latest')} aside=${html`<a href=${address('requests')}>${t('overview.all')}</a>`}>
    ${recent?.length ? html`<div class="scroll"><table class="tail"><thead><tr><th>${t('time')}</th><th>${t('model')}</th><th>${t('key')}</th><th>${t('result')}</th><th class="number">${t('took')}</th></tr></thead>
      <tbody>${recent.map((each) => html`
        <tr key=${each.id}>
          <td class="when tabular muted"><${ClockTime} at=${each.at} /></td>
          <td class="what">${each.end_reason ? html`<a class="break" href=${`${address('requests')}?id=${each.id}`}>${each.model || t('requests.no_model')}</a>` : html`<span class="break">${each.model}</span>`}</td>
          <td class="whose muted break">${each.key}</td>
          <td class="how">${each.end_reason ? html`<${Badge} tone=${outcomeTone(each.ended_as)}>${reasonName(each.end_reason)}<//>` : html`<${Badge} tone="good" live=${true}>${t('outcome.running')}<//>`}</td>
          <td class="number long">${duration(each.seconds)}</td>
        </tr>`)}</tbody></table></div>`
      : html`<${Empty} title=${t('overview.no_requests')}>${t('overview.no_requests.words')}<//>`}
  <//>
`;
