/** Somebody more: by a link with which they make their own account, or with a first password. */

import { post } from '../api.js';
import { Copy } from '../parts/copy.js';
import { Dialog } from '../parts/dialog.js';
import { Form } from '../parts/form.js';
import { t } from '../texts.js';
import { html, useState } from '../ui.js';
import { Role } from './fields.js';

const DAY_SECONDS = 86_400;
const LIFETIMES = [1, 7, 30];

/** @param {{close: () => void, reload: () => Promise<void>}} props */
export function Invite({ close, reload }) {
  const [made, setMade] = useState(null);
  if (made) return html`<${Link} title=${t('users.invited')} words=${t('users.invited.words')} link=${made.link} name=${t('users.link')} close=${close} />`;
  const send = async (data) => {
    const { note, role, days } = Object.fromEntries(data);
    setMade(await post('/api/invitations', { note, role, expires_in: Number(days) * DAY_SECONDS }));
    await reload();
  };
  return html`
    <${Dialog} title=${t('users.invite')} close=${close}>
      <${Form} send=${send} action=${t('users.invite.action')}>
        <label class="field"><span>${t('users.for')}</span><input name="note" type="text" maxlength="200" /></label>
        <div class="pair">
          <${Role} />
          <label class="field"><span>${t('users.lifetime')}</span>
            <select name="days">${LIFETIMES.map((days) => html`<option key=${days} value=${days}>${t('days', { count: days })}</option>`)}</select></label>
        </div>
      <//>
    <//>
  `;
}

/** A link that is shown only now. */
export const Link = ({ title, words, link, name, close }) => html`
  <${Dialog} title=${title} close=${close} isFirm=${true}>
    <p>${words}</p>
    <${Copy} text=${link} name=${name} />
    <footer><button type="button" class="primary" onClick=${close}>${t('done')}</button></footer>
  <//>
`;

/** @param {{close: () => void, changed: () => Promise<void>}} props */
export function NewUser({ close, changed }) {
  const send = async (data) => {
    const { email, ...form } = Object.fromEntries(data);
    await post('/api/users', { ...form, email: email || null });
    await changed();
  };
  return html`
    <${Dialog} title=${t('users.new')} close=${close}>
      <${Form} send=${send} action=${t('users.new.action')}>
        <div class="pair">
          <label class="field"><span>${t('users.name')}</span><input name="name" type="text" required maxlength="64" autocomplete="off" /></label>
          <${Role} />
        </div>
        <label class="field"><span>${t('users.email')}</span><input name="email" type="email" autocomplete="off" /></label>
        <label class="field"><span>${t('users.password')}</span>
          <input name="password" type="password" required autocomplete="new-password" /><span class="hint">${t('users.password.hint')}</span></label>
      <//>
    <//>
  `;
}
