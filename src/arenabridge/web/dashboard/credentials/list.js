/** Workers with a credential of their own: whose they are, whom they serve, and whether they are here. */

import { Badge, Card } from '../parts/layout.js';
import { Empty, Loaded } from '../parts/states.js';
import { Ago } from '../parts/time.js';
import { isAdministrator } from '../session.js';
import { t } from '../texts.js';
import { html } from '../ui.js';

/** @param {{from: any, manage: (id: string) => void, add: any}} props `add` is the button of the empty list */
export const Credentials = ({ from, manage, add }) => html`
  <${Card} title=${t('credentials.title')}>
    <${Loaded} from=${from}>${({ credentials }) => {
      const valid = credentials.filter((each) => each.state !== 'revoked');
      return valid.length ? html`<${Table} credentials=${valid} manage=${manage} />` : html`<${Empty} title=${t('credentials.none')} action=${add}>${t('credentials.none.words')}<//>`;
    }}<//>
  <//>
`;

const Table = ({ credentials, manage }) => html`
  <div class="scroll"><table class="things">
    <thead><tr><th>${t('tokens.name')}</th><th>${t('state')}</th>${isAdministrator.value && html`<th>${t('tokens.owner')}</th>`}<th>${t('credentials.serves')}</th><th class="number">${t('credentials.cap')}</th><th>${t('credentials.seen')}</th><th><span class="visually-hidden">${t('manage')}</span></th></tr></thead>
    <tbody>${credentials.map((each) => html`
      <tr key=${each.id}>
        <td class="title"><strong class="break">${each.name}</strong><span class="sub">${t(`credentials.kind.${each.kind}`)} · <span class="mono">${each.prefix}…</span></span></td>
        <td data-label=${t('state')}><${State} credential=${each} /></td>
        ${isAdministrator.value && html`<td class="muted" data-label=${t('tokens.owner')}>${each.owner?.name ?? t('tokens.gateway')}</td>`}
        <td data-label=${t('credentials.serves')}><span>${sharing(each)}${each.is_backup && html` <${Badge} dot=${false}>${t('credentials.backup')}<//>`}</span></td>
        <td class="muted number" data-label=${t('credentials.cap')}>${each.sharing === 'owner' ? t('none') : each.cap ?? t('tokens.no_limit')}</td>
        <td class="muted" data-label=${t('credentials.seen')}>${each.last_seen_at ? html`<${Ago} at=${each.last_seen_at} />` : t('never')}</td>
        <td class="act"><button type="button" aria-label=${`${t('manage')}: ${each.name}`} onClick=${() => manage(each.id)}>${t('manage')}</button></td>
      </tr>`)}</tbody>
  </table></div>
`;

function State({ credential }) {
  if (credential.state === 'owner_disabled') return html`<${Badge} tone="warn">${t('tokens.state.owner_disabled')}<//>`;
  if (credential.paused) return html`<${Badge}>${t('worker.paused')}<//>`;
  return credential.tabs ? html`<${Badge} tone="good">${t('credentials.tabs', { count: credential.tabs })}<//>` : html`<${Badge}>${t('credentials.offline')}<//>`;
}

const sharing = ({ sharing: with_, team }) => (with_ === 'team' ? t('credentials.sharing.team.names', { names: team.join(', ') || t('none') }) : t(`credentials.sharing.${with_}`));
