/** All tabs, each in a row; `manage`, if given, is what a row's button does. */

import { number } from '../formats.js';
import { known, t } from '../texts.js';
import { html } from '../ui.js';
import { manner, served, tabNumber, visibility, workerName, workerState } from '../worker_words.js';
import { Badge, Slots } from './layout.js';
import { Ago } from './time.js';

export const WorkersTable = ({ workers, manage }) => html`
  <div class="scroll"><table class="things">
    <thead><tr><th>${t('worker')}</th><th>${t('state')}</th><th>${t('slots')}</th><th>${t('tab')}</th><th>${t('how')}</th><th class="number">${t('served')}</th><th>${t('last_error')}</th>${manage && html`<th><span class="visually-hidden">${t('manage')}</span></th>`}</tr></thead>
    <tbody>${workers.map((worker) => html`<${Row} key=${worker.id} worker=${worker} workers=${workers} manage=${manage} />`)}</tbody>
  </table></div>
`;

function Row({ worker, workers, manage }) {
  const { state, tone } = workerState(worker);
  const tab = tabNumber(worker, workers);
  const name = workerName(worker, t('worker.unnamed'));
  return html`
    <tr>
      <td class="title"><strong class="break">${name}</strong>${tab > 0 && html` <span class="muted">${t('worker.tab', { number: tab })}</span>`}<span class="sub">${[new URL(worker.site).host, worker.credential?.owner, worker.relay, worker.replica].filter(Boolean).join(' · ')}</span></td>
      <td data-label=${t('state')}><${Badge} tone=${tone}>${t(`worker.${state}`)}<//></td>
      <td data-label=${t('slots')}><${Slots} busy=${worker.running} all=${worker.slots} /></td>
      <td class="muted" data-label=${t('tab')}>${t(`tab.${visibility(worker)}`)}</td>
      <td class="muted" data-label=${t('how')}>${t(`how.${manner(worker)}`)}</td>
      <td class="number" data-label=${t('served')}>${number(served(worker))}</td>
      <td class="muted ${worker.failure || worker.refused_because ? '' : 'none'}" data-label=${t('last_error')}>${failure(worker)}</td>
      ${manage && worker.elsewhere && html`<td class="act muted small">${t('replicas.elsewhere')}</td>`}
      ${manage && !worker.elsewhere && html`<td class="act"><button type="button" aria-label=${`${t('manage')}: ${name}`} onClick=${() => manage(worker.id)}>${t('manage')}</button></td>`}
    </tr>
  `;
}

function failure({ failure: last, refused_because: refused }) {
  if (last) return html`<span><span title=${last.words}>${known(`outcome.${last.code}`, last.code)}</span>, <${Ago} at=${last.at} /></span>`;
  return refused ? html`<span class="break">${refused}</span>` : t('none');
}
