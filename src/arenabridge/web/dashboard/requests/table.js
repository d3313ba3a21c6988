/** Requests in a table that the keyboard goes through; on a phone, two lines each. */

import { compact, duration } from '../formats.js';
import { Badge } from '../parts/layout.js';
import { ClockTime, Moment } from '../parts/time.js';
import { address, queryWith } from '../router.js';
import { isAdministrator } from '../session.js';
import { t } from '../texts.js';
import { html } from '../ui.js';
import { modelOf, outcomeTone, reasonName } from './words.js';

const TODAY_SECONDS = 86_400;
const DOWN = ['ArrowDown', 'j'];
const UP = ['ArrowUp', 'k'];

/** @param {{requests: object[], seen: number}} props those newer than `seen` came by themselves */
export const RequestsTable = ({ requests, seen }) => html`
  <div class="scroll"><table class="tail" onKeyDown=${walk}>
    <thead><tr><th>${t('time')}</th><th>${t('model')}</th><th>${t('key')}</th><th>${t('result')}</th><th class="number">${t('requests.tokens')}</th><th class="number">${t('requests.first_token')}</th><th class="number">${t('took')}</th>${isAdministrator.value && html`<th class="whence">${t('worker')}</th>`}</tr></thead>
    <tbody>${requests.map((each) => html`<${Row} key=${each.id} request=${each} isNew=${each.id > seen} />`)}</tbody>
  </table></div>
`;

function Row({ request, isNew }) {
  const open = (event) => {
    if (event.target.closest('a, button') || !getSelection().isCollapsed) return;
    event.currentTarget.querySelector('a').click();
  };
  return html`
    <tr class=${isNew ? 'new' : ''} onClick=${open}>
      <td class="when tabular muted"><${When} at=${request.ended_at} /></td>
      <td class="what" title=${modelOf(request)}><a class="break" href=${address('requests') + queryWith({ id: String(request.id) })}>${modelOf(request)}</a></td>
      <td class="whose muted break" title=${request.key_name}>${request.key_name}</td>
      <td class="how"><${Badge} tone=${outcomeTone(request.outcome)}>${reasonName(request.end_reason)}<//></td>
      <td class="number extra">${request.tokens_in === null ? '—' : t('requests.in_out', { in: compact(request.tokens_in), out: compact(request.tokens_out) })}</td>
      <td class="number extra">${duration(request.first_token)}</td>
      <td class="number long">${duration(request.duration)}</td>
      ${isAdministrator.value && html`<td class="whence muted extra break">${request.browser || (request.worker ? request.worker.slice(0, 8) : '—')}</td>`}
    </tr>
  `;
}

const When = ({ at }) => (Date.now() / 1000 - at < TODAY_SECONDS ? html`<${ClockTime} at=${at} />` : html`<${Moment} at=${at} />`);

/** Up and down from request to request. */
function walk(event) {
  const step = DOWN.includes(event.key) ? 1 : UP.includes(event.key) ? -1 : 0;
  const links = [...event.currentTarget.querySelectorAll('.what a')];
  const at = links.indexOf(document.activeElement);
  if (!step || at < 0) return;
  event.preventDefault();
  links[at + step]?.focus();
}
