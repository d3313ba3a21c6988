/** The sessions: whose account at the site each is, how it is, and until when it is good. */

import { Badge } from '../parts/layout.js';
import { FromNow } from '../parts/time.js';
import { isAdministrator } from '../session.js';
import { t } from '../texts.js';
import { html } from '../ui.js';

const TONES = { working: 'good', needs_person: 'warn', unreachable: 'warn', paused: '', elsewhere: '' };

/** @param {{sessions: any[], manage: (id: string) => void}} props */
export const SessionsTable = ({ sessions, manage }) => html`
  <div class="scroll"><table class="things">
    <thead><tr><th>${t('tokens.name')}</th><th>${t('state')}</th>${isAdministrator.value && html`<th>${t('tokens.owner')}</th>`}<th>${t('credentials.serves')}</th><th>${t('direct.ends')}</th><th class="number">${t('direct.jobs')}</th><th><span class="visually-hidden">${t('manage')}</span></th></tr></thead>
    <tbody>${sessions.map((each) => html`
      <tr key=${each.id}>
        <td class="title"><strong class="break">${each.name}</strong><span class="sub break">${accountOf(each)}</span></td>
        <td data-label=${t('state')}><${State} of=${each} /></td>
        ${isAdministrator.value && html`<td class="muted" data-label=${t('tokens.owner')}>${each.owner || t('tokens.gateway')}</td>`}
        <td data-label=${t('credentials.serves')}>${servesOf(each)}</td>
        <td class="muted" data-label=${t('direct.ends')}>${each.expires_at ? html`<${FromNow} at=${each.expires_at} />` : t('direct.ends.unknown')}</td>
        <td class="muted number" data-label=${t('direct.jobs')}>${each.jobs}</td>
        <td class="act"><button type="button" aria-label=${`${t('manage')}: ${each.name}`} onClick=${() => manage(each.id)}>${t('manage')}</button></td>
      </tr>`)}</tbody>
  </table></div>
`;

export const State = ({ of }) => html`<${Badge} tone=${TONES[of.state]}>${t(`direct.state.${of.state}`)}<//>`;

/** Whose account at the site it is: the address it was made with, else the site's id of it. */
export const accountOf = ({ email, site_user }) => email || site_user || t('direct.account.unknown');

/** The gateway's own serves everybody, however it is shared. */
export const servesOf = ({ owner, sharing }) => t(`credentials.sharing.${owner ? sharing : 'all'}`);
