/** Requests that wait or are being answered, each in a row that goes on by itself, and may be ended. */

import { remove } from '../api.js';
import { live, workers } from '../feed/live.js';
import { duration } from '../formats.js';
import { t } from '../texts.js';
import { html, useState } from '../ui.js';
import { workerName } from '../worker_words.js';
import { Question } from './dialog.js';
import { Badge, Card } from './layout.js';
import { Ago } from './time.js';
import { attempt } from './toast.js';

const TONES = { waiting: 'warn', answering: 'good', preparing: '' };

export function UnderWay() {
  const [asked, ask] = useState(null);
  if (!live.value?.under_way) return null;
  const { requests, more } = live.value.under_way;
  const rows = Object.entries(requests).sort(([, a], [, b]) => a.since - b.since);
  return html`
    <${Card} title=${t('under_way')} aside=${live.value.replicas && html`<span class="muted small">${t('under_way.here')}</span>`}>
      ${rows.length ? html`<${Table} rows=${rows} ask=${ask} />` : html`<p class="muted">${t('under_way.none')}</p>`}
      ${more > 0 && html`<p class="muted small">${t('under_way.more', { count: more })}</p>`}
      ${asked && html`<${End} request=${asked} close=${() => ask(null)} />`}
    <//>
  `;
}

const Table = ({ rows, ask }) => html`
  <div class="scroll"><table class="things">
    <thead><tr><th>${t('model')}</th><th>${t('state')}</th><th>${t('under_way.where')}</th><th>${t('key')}</th><th>${t('under_way.since')}</th><th><span class="visually-hidden">${t('under_way.end')}</span></th></tr></thead>
    <tbody>${rows.map(([id, request]) => html`<${Row} key=${id} request=${request} end=${() => ask({ id, ...request })} />`)}</tbody>
  </table></div>
`;

const Row = ({ request, end }) => html`
  <tr>
    <td class="title"><strong class="break">${request.model}</strong><span class="sub break">${request.number}</span></td>
    <td data-label=${t('state')}><${Badge} tone=${TONES[request.state]} live=${request.state === 'answering'}>${t(`under_way.${request.state}`)}<//></td>
    <td class="muted tabular" data-label=${t('under_way.where')}>${where(request)}</td>
    <td class="muted break" data-label=${t('key')}>${request.key}</td>
    <td class="muted" data-label=${t('under_way.since')}><${Ago} at=${request.since} /></td>
    <td class="act"><button type="button" aria-label=${`${t('under_way.end')}: ${request.model}`} onClick=${end}>${t('under_way.end')}</button></td>
  </tr>
`;

function where({ place, wait, worker: id }) {
  if (place) return wait ? t('under_way.place_and_wait', { place, time: duration(wait) }) : t('under_way.place', { place });
  const worker = workers.value.find((each) => each.id === id);
  return worker ? workerName(worker, t('worker.unnamed')) : (id ?? '');
}

function End({ request, close }) {
  const act = async () => {
    if (await attempt(() => remove(`/api/under-way/${encodeURIComponent(request.id)}`), t('under_way.ended'))) close();
  };
  return html`<${Question} title=${t('under_way.end.title')} words=${t('under_way.end.words', request)} action=${t('under_way.end')} act=${act} close=${close} />`;
}
