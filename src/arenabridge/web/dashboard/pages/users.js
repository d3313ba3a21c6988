/** Who may come in, and the links by which others can. */

import { remove, useLoaded } from '../api.js';
import { Badge, Card, PageHead } from '../parts/layout.js';
import { fits, SearchBox } from '../parts/search.js';
import { Empty, Loaded } from '../parts/states.js';
import { Ago, Moment } from '../parts/time.js';
import { attempt } from '../parts/toast.js';
import { WorkButton } from '../parts/work.js';
import { session } from '../session.js';
import { t } from '../texts.js';
import { Budget } from '../tokens/table.js';
import { html, useState } from '../ui.js';
import { Invite, NewUser } from '../users/add.js';
import { ManageUser } from '../users/manage.js';

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
    <${Card} title=${t('users.invitations')}>
      <${Loaded} from=${invitations}>${(value) => html`<${Invitations} invitations=${value.invitations} reload=${invitations.reload} />`}<//>
    <//>
    ${opened === 'invite' && html`<${Invite} close=${close} reload=${invitations.reload} />`}
    ${opened === 'new' && html`<${NewUser} close=${close} changed=${changed} />`}
    ${user && html`<${ManageUser} key=${user.id} user=${user} close=${close} changed=${changed} />`}
  `;
}

function People({ users, open }) {
  const [search, setSearch] = useState('');
  const [role, setRole] = useState('');
  const found = users.filter((each) => (!role || each.role === role) && fits(search, [each.name, each.email]));
  return html`
    <div class="stack">
      <div class="filters">
        <${SearchBox} name=${t('users.search')} value=${search} search=${setSearch} />
        <select aria-label=${t('users.role')} class=${role ? 'chosen' : ''} value=${role} onChange=${(event) => setRole(event.target.value)}>
          <option value="">${t('users.role.any')}</option>
          ${['admin', 'user'].map((each) => html`<option key=${each} value=${each}>${t(`role.${each}`)}</option>`)}
        </select>
      </div>
      ${found.length ? html`<${Table} users=${found} open=${open} />` : html`<${Empty} title=${t('users.no_match')} />`}
    </div>
  `;
}

const Table = ({ users, open }) => html`
  <div class="scroll"><table class="things">
    <thead><tr>
      <th>${t('users.name')}</th><th>${t('users.role')}</th><th>${t('state')}</th><th>${t('tokens.budget')}</th>
      <th>${t('users.since')}</th><th>${t('users.last')}</th>
      <th><span class="visually-hidden">${t('manage')}</span></th>
    </tr></thead>
    <tbody>${users.map((user) => html`<${Row} key=${user.id} user=${user} open=${open} />`)}</tbody>
  </table></div>
`;

const Row = ({ user, open }) => html`
  <tr>
    <td class="title"><strong class="break">${user.name}</strong>${user.id === session.value.user.id && html` <span class="muted">${t('users.you')}</span>`}
      ${user.email && html`<span class="sub break">${user.email}</span>`}</td>
    <td data-label=${t('users.role')}>${t(`role.${user.role}`)}</td>
    <td data-label=${t('state')}><${Badge} tone=${user.disabled_at ? 'warn' : 'good'}>${t(user.disabled_at ? 'users.is_disabled' : 'users.is_active')}<//></td>
    <td data-label=${t('tokens.budget')}><${Budget} limits=${user.limits} use=${user.use} /></td>
    <td class="muted" data-label=${t('users.since')}><${Moment} at=${user.created_at} /></td>
    <td class="muted" data-label=${t('users.last')}>${user.last_sign_in_at ? html`<${Ago} at=${user.last_sign_in_at} />` : t('never')}</td>
    <td class="act"><button type="button" aria-label=${`${t('manage')}: ${user.name}`} onClick=${() => open(user.id)}>${t('manage')}</button></td>
  </tr>
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
      <thead><tr>
        <th>${t('users.for')}</th><th>${t('users.role')}</th><th>${t('users.by')}</th><th>${t('tokens.expires')}</th>
        <th><span class="visually-hidden">${t('manage')}</span></th>
      </tr></thead>
      <tbody>${open.map((each) => html`
        <tr key=${each.id}>
          <td class="title wide">${each.note || t('none')}</td>
          <td data-label=${t('users.role')}>${t(`role.${each.role}`)}</td>
          <td class="muted name" data-label=${t('users.by')}>${each.created_by}</td>
          <td class="muted" data-label=${t('tokens.expires')}><${Moment} at=${each.expires_at} /></td>
          <td class="act"><${WorkButton} act=${() => withdraw(each)}>${t('users.withdraw')}<//></td>
        </tr>`)}</tbody>
    </table></div>
  `;
}
