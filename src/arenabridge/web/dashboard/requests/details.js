/** One request: how it ended and what to do, its time from the client to the last byte, and a report to pass on. */

import { get, useLoaded } from '../api.js';
import { duration, number, size, UNKNOWN } from '../formats.js';
import { Copy, CopyButton } from '../parts/copy.js';
import { Dialog } from '../parts/dialog.js';
import { Badge } from '../parts/layout.js';
import { Empty, ErrorNotice, Loaded } from '../parts/states.js';
import { Moment } from '../parts/time.js';
import { Waterfall } from '../parts/waterfall.js';
import { isAdministrator } from '../session.js';
import { known, t } from '../texts.js';
import { html, useEffect, useState } from '../ui.js';
import { modelOf, outcomeTone, reasonName, reasonWords } from './words.js';

const TONES = { reading: 'quiet', waiting: 'quiet', answering: 'good', ending: 'quiet' };

/** @param {{id: string, close: () => void, go: (step: number) => void, beside: (step: number) => object | undefined}} props
 *   `go` to the next (1) or the one before (-1), if there is one */
export function Details({ id, close, go, beside }) {
  const loaded = useLoaded(`/api/requests/${encodeURIComponent(id)}`);
  const request = loaded.value;
  useEffect(() => {
    const turn = ({ key, target }) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
      if (step && !(target instanceof HTMLInputElement)) go(step);
    };
    addEventListener('keydown', turn);
    return () => removeEventListener('keydown', turn);
  });
  return html`
    <${Dialog} large=${true} isLight=${true} title=${request ? modelOf(request) : t('requests.one')} close=${close}>
      ${loaded.error && !request ? html`<${Gone} error=${loaded.error} retry=${loaded.reload} />` : html`<${Loaded} from=${loaded}>${() => html`<${Request} request=${request} />`}<//>`}
      <footer class="spread">
        <span class="actions"><button type="button" disabled=${!beside(-1)} onClick=${() => go(-1)}>${t('requests.newer')}</button><button type="button" disabled=${!beside(1)} onClick=${() => go(1)}>${t('requests.older')}</button></span>
        <${Report} id=${id} />
      </footer>
    <//>
  `;
}

const Gone = ({ error, retry }) =>
  error.status === 404 ? html`<${Empty} title=${t('requests.gone')}>${t('requests.gone.words')}<//>` : html`<${ErrorNotice} error=${error} retry=${retry} />`;

const Request = ({ request }) => html`
  <div class="filters"><${Badge} tone=${outcomeTone(request.outcome)}>${reasonName(request.end_reason)}<//><span class="muted number">HTTP ${request.status}</span><span class="muted"><${Moment} at=${request.at} /></span></div>
  ${request.error_code ? html`<${Failure} request=${request} />` : html`<p>${reasonWords(request.end_reason)}</p>`}
  <${Waterfall} name=${t('requests.waterfall')} whole=${request.duration} steps=${request.phases.map((phase, index) => step(request, phase, index))} />
  <${Facts} request=${request} />
  ${request.has_bodies && html`<${Bodies} id=${request.id} />`}
`;

/** What comes after a phase; files are not known to follow the wait. */
const AFTER = { reading: 'waiting', waiting: 'offering', uploading: 'offering', offering: 'asking', asking: 'answering' };

/** The end of a request that did not succeed is the phase that it did not get through. */
function step(request, phase, index) {
  const isCut = index === request.phases.length - 1 && request.outcome !== 'succeeded';
  const before = request.phases[index - 1]?.name;
  const name = isCut && phase.name === 'ending' ? (AFTER[before] ?? phase.name) : phase.name;
  const failed = isCut && request.outcome !== 'gone';
  return {
    label: known(`phase.${name}`, name),
    words: known(`phase.${name}.words`, ''),
    begin: phase.begin,
    end: phase.end,
    tone: failed ? 'bad' : TONES[name],
  };
}

const Failure = ({ request }) => html`
  <div class="notice ${request.outcome === 'server_error' ? 'bad' : request.outcome === 'gone' ? 'quiet' : ''}" role="note">
    <div>${reasonWords(request.end_reason)} ${request.error && html`<q class="break">${request.error}</q> `}<a href="/help/${encodeURIComponent(request.error_code)}" target="_blank" rel="noopener">${t('requests.help', { code: request.error_code })}</a></div>
  </div>
`;

const Facts = ({ request }) => html`
  <dl class="facts">
    <dt>${t('key')}</dt><dd>${request.key_name}</dd>
    ${request.asked_for !== request.model && html`<dt>${t('requests.asked_for')}</dt><dd>${request.asked_for || UNKNOWN}</dd>`}
    <dt>${t('requests.endpoint')}</dt><dd>${request.endpoint}${request.streamed ? ` · ${t('requests.streamed')}` : ''}</dd>
    ${request.ignored && html`<dt>${t('requests.ignored')}</dt><dd class="break">${request.ignored}</dd>`}
    <dt>${t('requests.first_token')}</dt><dd class="number">${duration(request.first_token)}</dd>
    <dt>${t('took')}</dt><dd class="number">${duration(request.duration)}${pace(request)}</dd>
    <dt>${t('requests.tokens')}</dt><dd class="number">${request.tokens_in === null ? UNKNOWN : t('overview.in_out', { in: number(request.tokens_in), out: number(request.tokens_out) })}${request.tokens_estimated ? ` · ${t('requests.estimated')}` : ''}</dd>
    <dt>${t('requests.bytes')}</dt><dd class="number">${t('overview.in_out', { in: size(request.bytes_in), out: size(request.bytes_out) })}</dd>
    ${request.attempts > 1 && html`<dt>${t('requests.attempts')}</dt><dd class="number">${number(request.attempts)}</dd>`}
    ${isAdministrator.value && request.worker && html`<dt>${t('worker')}</dt><dd>${request.browser ?? request.worker.slice(0, 8)}${request.how ? ` · ${known(`how.${request.how}`, request.how)}` : ''}</dd>`}
    <dt>${t('requests.client')}</dt><dd>${request.client || UNKNOWN}</dd>
    <dt>${t('requests.number')}</dt><dd><${Copy} text=${request.request_id} name=${t('requests.number')} /></dd>
  </dl>
`;

/** Tokens a second while the answer came. */
function pace({ tokens_out: tokens, first_token: first, duration: whole, outcome }) {
  if (!tokens || first === null || whole - first < 0.2 || outcome !== 'succeeded') return '';
  return ` · ${t('requests.pace', { count: number(Math.round(tokens / (whole - first))) })}`;
}

function Report({ id }) {
  const [report, setReport] = useState(null);
  useEffect(() => {
    const left = new AbortController();
    setReport(null);
    fetch(`/api/requests/${encodeURIComponent(id)}/report`, { signal: left.signal })
      .then((answer) => (answer.ok ? answer.text() : null))
      .then(setReport, () => {}); // the request itself says what is wrong
    return () => left.abort();
  }, [id]);
  if (!report) return html`<button type="button" disabled>${t('requests.report')}</button>`;
  return html`
    <${CopyButton} text=${report} words=${t('requests.report')} />
    <details class="report small"><summary>${t('requests.report.show')}</summary><p class="muted">${t('requests.report.words')}</p><pre class="mono" tabindex="0">${report}</pre></details>
  `;
}

function Bodies({ id }) {
  const [bodies, setBodies] = useState(null);
  const [error, setError] = useState(null);
  const load = (event) => {
    if (event.currentTarget.open && !bodies) get(`/api/requests/${id}/bodies`).then(setBodies, setError);
  };
  return html`
    <details onToggle=${load}><summary>${t('requests.bodies')}</summary>
      ${error && html`<${ErrorNotice} error=${error} />`}
      ${bodies && html`<h3 class="small">${t('requests.asked')}</h3><pre class="mono body" tabindex="0">${bodies.asked}</pre><h3 class="small">${t('requests.answered')}</h3><pre class="mono body" tabindex="0">${bodies.answered}</pre>`}
    </details>
  `;
}
