/** What people decide about a key. The same form makes one and changes one. */

import { ErrorNotice } from '../parts/states.js';
import { isAdministrator } from '../session.js';
import { t } from '../texts.js';
import { html, useState } from '../ui.js';

const COUNTS = ['requests_per_minute', 'tokens_per_minute', 'parallel_requests', 'requests_per_day', 'tokens_per_day', 'requests_per_month', 'tokens_per_month'];
const LISTS = ['allowed_models', 'denied_models', 'networks'];

/** How a client may want to be served; the first is the default. */
const WISHES = {
  reasoning: ['reasoning_content', 'think', 'reasoning', 'off'],
  citations: ['annotations', 'footnotes', 'off'],
  role_mode: ['labelled', 'merge_system', 'strict', 'semi_strict', 'single_user'],
  overflow: ['error', 'trim_oldest'],
  unseen_pictures: ['refuse', 'ignore'],
  text_files: ['inline', 'refuse'],
};

export function TokenForm({ token, save }) {
  const [error, setError] = useState(null);
  const submit = async (event) => {
    event.preventDefault();
    const data = new FormData(event.target);
    try {
      await save(formOf(data, token));
    } catch (failed) {
      setError(failed);
    }
  };
  const limits = token?.limits ?? {};
  const profile = token?.profile ?? {};
  return html`
    <form class="form" onSubmit=${submit}>
      <div class="pair">
        <label class="field"><span>${t('tokens.name')}</span><input name="name" type="text" required maxlength="64" value=${token?.name ?? ''} /></label>
        <label class="field"><span>${t('tokens.expires')}</span><input name="expires_at" type="datetime-local" value=${localTime(token?.expires_at)} /></label>
      </div>
      <label class="field"><span>${t('tokens.notes')}</span><input name="notes" type="text" maxlength="1000" value=${token?.notes ?? ''} /></label>
      ${isAdministrator.value && html`<label class="choice"><input name="admin" type="checkbox" checked=${token?.scopes.includes('admin')} /> <span>${t('tokens.admin')}</span></label>`}
      <fieldset><legend>${t('tokens.limits')}</legend><div class="form">
        <div class="pair">${COUNTS.map((name) => html`<label key=${name} class="field"><span>${t(`limit.${name}`)}</span><input name=${name} type="number" min="1" max="2147483647" placeholder=${t('tokens.no_limit')} value=${limits[name] ?? ''} /></label>`)}</div>
        <div class="pair">${LISTS.map((name) => html`<label key=${name} class="field"><span>${t(`limit.${name}`)}</span><textarea name=${name} rows="2" spellcheck="false" placeholder=${t(`limit.${name}.hint`)}>${(limits[name] ?? []).join('\n')}</textarea></label>`)}</div>
      </div></fieldset>
      <fieldset><legend>${t('tokens.profile')}</legend><div class="form">
        <div class="pair">${Object.entries(WISHES).map(([name, values]) => html`<label key=${name} class="field"><span>${t(`wish.${name}`)}</span><select name=${name} value=${profile[name] ?? values[0]}>${values.map((value) => html`<option key=${value} value=${value}>${value}</option>`)}</select></label>`)}</div>
        <label class="choice"><input name="strict" type="checkbox" checked=${profile.strict} /> <span>${t('wish.strict')}</span></label>
      </div></fieldset>
      ${error && html`<${ErrorNotice} error=${error} />`}
      <footer><button type="submit" class="primary">${t(token ? 'save' : 'tokens.make')}</button></footer>
    </form>
  `;
}

function formOf(data, token) {
  const lines = (name) => data.get(name).split(/[\n,]/).map((line) => line.trim()).filter(Boolean);
  const limits = Object.fromEntries([
    ...COUNTS.map((name) => [name, data.get(name) ? Number(data.get(name)) : null]),
    ...LISTS.map((name) => [name, lines(name)]),
  ]);
  const wishes = Object.keys(WISHES).filter((name) => data.get(name) !== (token?.profile[name] ?? WISHES[name][0]));
  const profile = Object.fromEntries(wishes.map((name) => [name, data.get(name)]));
  if (Boolean(data.get('strict')) !== Boolean(token?.profile.strict)) profile.strict = Boolean(data.get('strict'));
  const expires = data.get('expires_at');
  const form = { name: data.get('name'), notes: data.get('notes'), expires_at: expires ? new Date(expires).getTime() / 1000 : null, limits, profile };
  return isAdministrator.value ? { ...form, scopes: data.get('admin') ? ['admin'] : [] } : form;
}

/** In the reader's zone, as the input wants it. */
function localTime(unix) {
  if (!unix) return '';
  const date = new Date(unix * 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
