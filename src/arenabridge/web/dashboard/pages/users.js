/** Who may come in, and the links by which others can. */

import { patch, post, remove, useLoaded } from '../api.js';
import { Copy } from '../parts/copy.js';
import { Dialog, Question } from '../parts/dialog.js';
import { Badge, Card, PageHead } from '../parts/layout.js';
import { Empty, ErrorNotice, Loaded } from '../parts/states.js';
import { Ago, Moment } from '../parts/time.js';
import { attempt } from '../parts/toast.js';
import { session } from '../session.js';
import { t } from '../texts.js';
import { html, useState } from '../ui.js';

const DAY_SECONDS = 86_400;
const LIFETIMES = [1, 7, 30];

export function Users() {
  const users = useLoaded('/api/users');
  const invitations = useLoaded('/api/invitations');
  const [opened, open] = useState(null);
  const close = () => open(null);
  const changed = async () => {
    close();
    await Promise.all([users.reload(), invitations.reload()]);
  };
  const user = users.value?.users.find((each) => each.id === opened);
  return html`
    <${PageHead} title=${t('nav.users')} about=${t('users.about')}>
      <button type="button" onClick=${() => open('new')}>${t('users.new')}</button>
      <button type="button" class="primary" onClick=${() => open('invite')}>${t('users.invite')}</button>
    <//>
    <${Card} title=${t('users.people')}><${Loaded} from=${users}>${(value) => html`<${People} users=${value.users} open=${open} />`}<//><//>
    <${Card} title=${t('users.invitations')}><${Loaded} from=${invitations}>${(value) => html`<${Invitations} invitations=${value.invitations} reload=${invitations.reload} />`}<//><//>
    ${opened === 'invite' && html`<${Invite} close=${close} reload=${invitations.reload} />`}
    ${opened === 'new' && html`<${NewUser} close=${close} changed=${changed} />`}
    ${user && html`<${Manage} key=${user.id} user=${user} close=${close} changed=${changed} />`}
  `;
}

const People = ({ users, open }) => html`
  <div class="scroll"><table class="things">
    <thead><tr><th>${t('users.name')}</th><th>${t('users.role')}</th><th>${t('state')}</th><th>${t('users.since')}</th><th>${t('users.last')}</th><th><span class="visually-hidden">${t('manage')}</span></th></tr></thead>
    <tbody>${users.map((user) => html`
      <tr key=${user.id}>
        <td class="title"><strong class="break">${user.name}</strong>${user.id === session.value.user.id && html` <span class="muted">${t('users.you')}</span>`}${user.email && html`<span class="sub break">${user.email}</span>`}</td>
        <td data-label=${t('users.role')}>${t(`role.${user.role}`)}</td>
        <td data-label=${t('state')}><${Badge} tone=${user.disabled_at ? 'warn' : 'good'}>${t(user.disabled_at ? 'users.is_disabled' : 'users.is_active')}<//></td>
        <td class="muted" data-label=${t('users.since')}><${Moment} at=${user.created_at} /></td>
        <td class="muted" data-label=${t('users.last')}>${user.last_sign_in_at ? html`<${Ago} at=${user.last_sign_in_at} />` : t('never')}</td>
        <td class="act"><button type="button" aria-label=${`${t('manage')}: ${user.name}`} onClick=${() => open(user.id)}>${t('manage')}</button></td>
      </tr>`)}</tbody>
  </table></div>
`;

function Invitations({ invitations, reload }) {
  const open = invitations.filter((each) => !each.used_at && each.expires_at > Date.now() / 1000);
  if (!open.length) return html`<${Empty} title=${t('users.no_invitations')}>${t('users.no_invitations.words')}<//>`;
  const withdraw = async (each) => {
    await attempt(() => remove(`/api/invitations/${encodeURIComponent(each.id)}`), t('users.withdrawn'));
    await reload();
  };
  return html`
    <div class="scroll"><table class="things">
      <thead><tr><th>${t('users.for')}</th><th>${t('users.role')}</th><th>${t('users.by')}</th><th>${t('tokens.expires')}</th><th><span class="visually-hidden">${t('manage')}</span></th></tr></thead>
      <tbody>${open.map((each) => html`<tr key=${each.id}><td class="title wide">${each.note || t('none')}</td><td data-label=${t('users.role')}>${t(`role.${each.role}`)}</td><td class="muted" data-label=${t('users.by')}>${each.created_by}</td><td class="muted" data-label=${t('tokens.expires')}><${Moment} at=${each.expires_at} /></td><td class="act"><button type="button" onClick=${() => withdraw(each)}>${t('users.withdraw')}</button></td></tr>`)}</tbody>
    </table></div>
  `;
}

/** A form in a dialog that sends what was entered and shows why it was not taken. */
function FormDialog({ title, close, send, action, children }) {
  const [error, setError] = useState(null);
  const submit = async (event) => {
    event.preventDefault();
    try {
      await send(Object.fromEntries(new FormData(event.target)));
    } catch (failed) {
      setError(failed);
    }
  };
  return html`<${Dialog} title=${title} close=${close}><form class="form" onSubmit=${submit}>${children}${error && html`<${ErrorNotice} error=${error} />`}<footer><button type="submit" class="primary">${action}</button></footer></form><//>`;
}

const Role = ({ value = 'user' }) => html`<label class="field"><span>${t('users.role')}</span><select name="role" value=${value}><option value="user">${t('role.user')}</option><option value="admin">${t('role.admin')}</option></select></label>`;

function Invite({ close, reload }) {
  const [made, setMade] = useState(null);
  if (made) {
    return html`<${Dialog} title=${t('users.invited')} close=${close}><p>${t('users.invited.words')}</p><${Copy} text=${made.link} name=${t('users.link')} /><footer><button type="button" class="primary" onClick=${close}>${t('done')}</button></footer><//>`;
  }
  const send = async ({ note, role, days }) => {
    setMade(await post('/api/invitations', { note, role, expires_in: Number(days) * DAY_SECONDS }));
    await reload();
  };
  return html`
    <${FormDialog} title=${t('users.invite')} close=${close} send=${send} action=${t('users.invite.action')}>
      <label class="field"><span>${t('users.for')}</span><input name="note" type="text" maxlength="200" /></label>
      <div class="pair"><${Role} /><label class="field"><span>${t('users.lifetime')}</span><select name="days">${LIFETIMES.map((days) => html`<option key=${days} value=${days}>${t('days', { count: days })}</option>`)}</select></label></div>
    <//>
  `;
}

function NewUser({ close, changed }) {
  const send = async ({ email, ...form }) => {
    await post('/api/users', { ...form, email: email || null });
    await changed();
  };
  return html`
    <${FormDialog} title=${t('users.new')} close=${close} send=${send} action=${t('users.new.action')}>
      <div class="pair"><label class="field"><span>${t('users.name')}</span><input name="name" type="text" required maxlength="64" autocomplete="off" /></label><${Role} /></div>
      <label class="field"><span>${t('users.email')}</span><input name="email" type="email" autocomplete="off" /></label>
      <label class="field"><span>${t('users.password')}</span><input name="password" type="password" required autocomplete="new-password" /><span class="hint">${t('users.password.hint')}</span></label>
    <//>
  `;
}

function Manage({ user, close, changed }) {
  const [isAsked, ask] = useState(false);
  const path = `/api/users/${encodeURIComponent(user.id)}`;
  const act = async (work, done) => (await attempt(work, done)) && changed();
  if (isAsked) return html`<${Question} title=${t('users.remove.question', { name: user.name })} words=${t('users.remove.words')} action=${t('users.remove')} close=${close} act=${() => act(() => remove(path), t('users.removed'))} />`;
  const send = async (form) => {
    await patch(path, form);
    await changed();
  };
  return html`
    <${FormDialog} title=${user.name} close=${close} send=${send} action=${t('save')}>
      <div class="actions">
        <button type="button" onClick=${() => act(() => patch(path, { disabled: !user.disabled_at }), t('saved'))}>${t(user.disabled_at ? 'users.enable' : 'users.disable')}</button>
        <button type="button" class="danger" onClick=${() => ask(true)}>${t('users.remove')}</button>
      </div>
      <div class="pair"><label class="field"><span>${t('users.name')}</span><input name="name" type="text" required maxlength="64" value=${user.name} /></label><${Role} value=${user.role} /></div>
      <label class="field"><span>${t('users.email')}</span><input name="email" type="email" value=${user.email ?? ''} /></label>
    <//>
  `;
}
