/** What people decide about a key. The same form makes one and changes one; it sends what differs, and nothing else. */

import { useLoaded } from '../api.js';
import { Form } from '../parts/form.js';
import { Notice } from '../parts/layout.js';
import { ErrorNotice } from '../parts/states.js';
import { isAdministrator, session } from '../session.js';
import { t } from '../texts.js';
import { html, useState } from '../ui.js';
import { changesOf, FLAGS, localTime, NEW, PRIORITIES, WISHES } from './fields.js';
import { LimitFields } from './limits.js';

/** Whether they may decide how much a key may be used: where only administrators make keys, others only name theirs. */
export const mayMakeKeys = () => isAdministrator.value || session.value.may_make_keys;

/**
 * @param {{token?: object, save: (changes: object) => Promise<void>, anew?: () => Promise<void>}} props
 *   `anew` loads what somebody else has changed meanwhile
 */
export function TokenForm({ token, save, anew }) {
  const [before] = useState(token ?? NEW); // as it is shown here, whatever others do meanwhile
  const administers = isAdministrator.value;
  const send = (data) => {
    const changes = changesOf(Object.fromEntries(data), before, { mayLimit: mayMakeKeys(), administers });
    return save(token ? { ...changes, version: before.version } : changes);
  };
  const explain = (error) => (error.code === 'changed_meanwhile' ? html`<${ChangedMeanwhile} anew=${anew} />` : html`<${ErrorNotice} error=${error} />`);
  return html`
    <${Form} send=${send} action=${t(token ? 'save' : 'tokens.make')} explain=${explain}>
      <div class="pair">
        <label class="field"><span>${t('tokens.name')}</span><input name="name" type="text" required maxlength="64" defaultValue=${before.name} /></label>
        ${mayMakeKeys() && html`
          <label class="field"><span>${t('tokens.expires')}</span>
            <input name="expires_at" type="datetime-local" defaultValue=${localTime(before.expires_at)} /></label>`}
      </div>
      <label class="field"><span>${t('tokens.notes')}</span><input name="notes" type="text" maxlength="1000" defaultValue=${before.notes} /></label>
      ${administers && !token && html`<${OwnerField} />`}
      ${administers && html`
        <label class="choice"><input name="admin" type="checkbox" defaultChecked=${before.scopes.includes('admin')} />
          <span>${t('tokens.admin')}</span></label>`}
      ${mayMakeKeys() && html`<fieldset><legend>${t('tokens.limits')}</legend><${LimitFields} limits=${before.limits} /></fieldset>`}
      <fieldset><legend>${t('tokens.profile')}</legend><${ProfileFields} profile=${before.profile} /></fieldset>
    <//>
  `;
}

const ChangedMeanwhile = ({ anew }) => html`
  <${Notice} title=${t('tokens.changed_meanwhile')} action=${html`<button type="button" onClick=${anew}>${t('tokens.load_anew')}</button>`}>
    ${t('tokens.changed_meanwhile.words')}
  <//>
`;

/** Whose it is to be; it stays theirs. */
function OwnerField() {
  const loaded = useLoaded('/api/users');
  const others = (loaded.value?.users ?? []).filter((each) => each.id !== session.value.user.id);
  return html`
    <label class="field"><span>${t('tokens.owner')}</span>
      <select name="owner">
        <option value=${session.value.user.id}>${session.value.user.name} ${t('users.you')}</option>
        <option value="gateway">${t('tokens.gateway')}</option>
        ${others.map((each) => html`<option key=${each.id} value=${each.id}>${each.name}</option>`)}
      </select>
    </label>
  `;
}

const ProfileFields = ({ profile }) => html`
  <div class="form">
    <div class="pair">
      ${Object.entries(WISHES).map(([name, values]) => html`<${Wish} key=${name} name=${name} values=${values} wished=${profile[name] ?? values[0]} />`)}
      ${isAdministrator.value && html`
        <${Wish} name="priority" values=${PRIORITIES} wished=${profile.priority} />
        <label class="field"><span>${t('wish.share')}</span>
          <input name="share" type="number" required min="1" max="100" defaultValue=${profile.share} />
          <span class="hint">${t('wish.share.hint')}</span></label>`}
    </div>
    ${FLAGS.map((name) => html`
      <label key=${name} class="choice"><input name=${name} type="checkbox" defaultChecked=${profile[name]} /> <span>${t(`wish.${name}`)}</span></label>`)}
  </div>
`;

const Wish = ({ name, values, wished }) => html`
  <label class="field"><span>${t(`wish.${name}`)}</span>
    <select name=${name}>${values.map((value) => html`<option key=${value} value=${value} selected=${value === wished}>${value}</option>`)}</select>
  </label>
`;
