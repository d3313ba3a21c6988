/** What administrators decide about somebody: name, role, whether they may come in, and a way back for who lost their password. */

import { patch, post, remove } from '../api.js';
import { Dialog, Question } from '../parts/dialog.js';
import { Form } from '../parts/form.js';
import { Moment } from '../parts/time.js';
import { attempt } from '../parts/toast.js';
import { WorkButton } from '../parts/work.js';
import { t } from '../texts.js';
import { differing, limitsOf } from '../tokens/fields.js';
import { LimitFields } from '../tokens/limits.js';
import { html, useState } from '../ui.js';
import { Link } from './add.js';
import { Role } from './fields.js';

/** @param {{user: object, close: () => void, changed: () => Promise<void>}} props */
export function ManageUser({ user, close, changed }) {
  const [asked, ask] = useState('');
  const [reset, setReset] = useState(null);
  const path = `/api/users/${encodeURIComponent(user.id)}`;
  const act = async (work, done) => (await attempt(work, done)) && changed();
  if (asked === 'remove') {
    return html`
      <${Question} title=${t('users.remove.question', { name: user.name })} words=${t('users.remove.words')} action=${t('users.remove')}
        close=${close} act=${() => act(() => remove(path), t('users.removed'))} />`;
  }
  if (asked === 'sign_out') {
    return html`
      <${Question} title=${t('users.sign_out.question', { name: user.name })} words=${t('users.sign_out.words')} action=${t('users.sign_out')}
        close=${close} act=${() => act(() => remove(`${path}/sessions`), t('users.signed_out'))} />`;
  }
  if (reset) {
    const words = html`${t('users.reset.words', { name: user.name })} <${Moment} at=${reset.expires_at} />`;
    return html`<${Link} title=${t('users.reset.made')} words=${words} link=${reset.link} name=${t('users.reset.link')} close=${close} />`;
  }
  const turn = () => act(() => patch(path, { disabled: !user.disabled_at }), t('saved'));
  const save = async (changes) => {
    if (Object.keys(changes).length) await patch(path, changes);
    await changed();
  };
  return html`
    <${Dialog} large=${true} title=${user.name} close=${close}>
      <div class="actions">
        <${WorkButton} act=${turn}>${t(user.disabled_at ? 'users.enable' : 'users.disable')}<//>
        <${WorkButton} act=${async () => setReset(await post(`${path}/reset-link`))}>${t('users.reset')}<//>
        <button type="button" onClick=${() => ask('sign_out')}>${t('users.sign_out')}</button>
        <button type="button" class="danger" onClick=${() => ask('remove')}>${t('users.remove')}</button>
      </div>
      <${Terms} user=${user} save=${save} />
    <//>
  `;
}

function Terms({ user, save }) {
  const [before] = useState({ ...user, email: user.email ?? '' });
  const send = (data) => {
    const entered = Object.fromEntries(data);
    const { name, role, email } = entered;
    return save(differing({ name, role, email, limits: limitsOf(entered) }, before));
  };
  return html`
    <${Form} send=${send} action=${t('save')}>
      <div class="pair">
        <label class="field"><span>${t('users.name')}</span><input name="name" type="text" required maxlength="64" defaultValue=${before.name} /></label>
        <${Role} value=${before.role} />
      </div>
      <label class="field"><span>${t('users.email')}</span><input name="email" type="email" defaultValue=${before.email} /></label>
      <fieldset><legend>${t('tokens.limits')}</legend>
        <div class="form"><p class="muted small">${t('users.limits.words')}</p><${LimitFields} limits=${before.limits} /></div>
      </fieldset>
    <//>
  `;
}
