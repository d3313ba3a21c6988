/** Everything that can be set: what holds, where it comes from, and a way to change it without losing a comment. */

import { patch, post, useLoaded } from '../api.js';
import { Badge, Card, Notice, PageHead } from '../parts/layout.js';
import { Empty, Loaded } from '../parts/states.js';
import { attempt, say } from '../parts/toast.js';
import { WorkButton } from '../parts/work.js';
import { aboutSetting, known, t } from '../texts.js';
import { html, useEffect, useState } from '../ui.js';

/** What belongs together; settings that are in no group come last. */
const GROUPS = {
  network: ['deployment_mode', 'host', 'port', 'also_listen_on', 'public_url', 'public_ws_url', 'allowed_hosts', 'trusted_proxies', 'cors_allowed_origins', 'database_url', 'redis_url'],
  access: ['require_api_key', 'users_make_keys', 'api_key'],
  site: ['site_origins', 'site_version', 'execution', 'session_strategy', 'session_strategies', 'captured_fallback', 'compatibility', 'capture_port', 'title_marks', 'role_mode', 'trailing_user_message', 'max_prompt_characters', 'slots'],
  models: ['aliases', 'hidden_models'],
  waiting: ['queue_length', 'max_wait_seconds', 'reject_when_no_workers', 'first_byte_timeout_seconds', 'stream_response_timeout_seconds', 'max_answer_seconds', 'head_hold_seconds', 'keep_alive_seconds', 'client_stall_seconds', 'resume_grace_seconds', 'enable_idle_restart', 'idle_restart_timeout_seconds', 'drain_seconds'],
};

export function SettingsPage() {
  const loaded = useLoaded('/api/settings');
  const [search, setSearch] = useState('');
  return html`
    <${PageHead} title=${t('nav.settings')} about=${loaded.value && (loaded.value.is_shared ? html`<span>${t('settings.shared')}</span>` : html`<span>${t('settings.file')}</span> <span class="mono break">${loaded.value.file}</span>`)} />
    <${Loaded} from=${loaded}>${({ settings, notes }) => html`
      ${notes.length > 0 && html`<${Notice} title=${t('settings.notes')}><ul>${notes.map((each) => html`<li key=${each.name + each.words}><code>${each.name}</code>: ${each.words}</li>`)}</ul><//>`}
      ${settings.some((each) => each.waits_for_restart) && html`<${Notice} title=${t('settings.restart')}>${t('settings.restart.words', { names: settings.filter((each) => each.waits_for_restart).map((each) => each.name).join(', ') })}<//>`}
      <div class="filters"><input type="search" aria-label=${t('settings.search')} placeholder=${t('settings.search')} value=${search} onInput=${(event) => setSearch(event.target.value)} /></div>
      <${Groups} settings=${matching(settings, search)} isShared=${loaded.value.is_shared} changed=${loaded.set} />
    `}<//>
  `;
}

function matching(settings, search) {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return settings.filter((each) => words.every((word) => `${each.name} ${about(each)}`.toLowerCase().includes(word)));
}

const about = (setting) => aboutSetting(setting.name) ?? known(`setting.${setting.name}`, setting.about);

function Groups({ settings, isShared, changed }) {
  const grouped = new Set(Object.values(GROUPS).flat());
  const named = (pattern) => settings.filter((each) => pattern.test(each.name)).map((each) => each.name);
  const groups = { ...GROUPS, files: named(/^file|^max_(file|attachment)|^fetch/), alerts: named(/^alerts_/) };
  [...groups.files, ...groups.alerts].forEach((name) => grouped.add(name));
  groups.other = settings.filter((each) => !grouped.has(each.name)).map((each) => each.name);
  if (!settings.length) return html`<${Empty} title=${t('settings.no_match')} />`;
  return Object.entries(groups).map(([group, names]) => {
    const own = settings.filter((each) => names.includes(each.name));
    return own.length > 0 && html`<${Card} key=${group} title=${t(`settings.${group}`)}>${own.map((each) => html`<${Setting} key=${each.name} setting=${each} isShared=${isShared} changed=${changed} />`)}<//>`;
  });
}

function Setting({ setting, isShared, changed }) {
  const inUse = setting.waits_for_restart ? setting.saved ?? setting.in_file ?? setting.default : setting.value;
  const kept = isShared ? setting.saved : setting.in_file;
  const [draft, setDraft] = useState(asText(setting, inUse));
  useEffect(() => setDraft(asText(setting, inUse)), [JSON.stringify(inUse)]);
  const isFixed = setting.source === 'flag' || setting.source === 'environment' || setting.is_fixed;
  const isChanged = draft !== asText(setting, inUse);
  const write = (value) => attempt(async () => changed(await patch('/api/settings', { changes: { [setting.name]: value } })), t(setting.works_at_once ? 'settings.saved' : 'settings.saved.restart'));
  const save = (event) => {
    event.preventDefault();
    void write(asValue(setting, draft));
  };
  return html`
    <div class="setting">
      <div>
        <h3><span id=${`setting-${setting.name}`}>${setting.name}</span>
          <${Badge} dot=${false} tone=${setting.source === 'default' ? '' : 'accent'}>${t(`source.${setting.source}`)}<//>
          ${setting.waits_for_restart && html`<${Badge} tone="warn">${t('settings.waits')}<//>`}
          ${!setting.works_at_once && !isFixed && html`<span class="visually-hidden">${t('settings.needs_restart')}</span>`}
        </h3>
        <p><${WithCode} text=${about(setting)} /></p>
        <p>${t('settings.default', { value: setting.is_secret ? t('settings.not_set') : shown(setting.default) })}${setting.works_at_once ? ` · ${t('settings.at_once')}` : ''}</p>
      </div>
      <form onSubmit=${save}>
        <${Input} setting=${setting} draft=${draft} setDraft=${setDraft} isFixed=${isFixed} />
        ${setting.name === 'alerts_url' && isInUse(setting) && html`<${WorkButton} act=${tryAlerts}>${t('alerts.try')}<//>`}
        ${isFixed ? html`<span class="muted small">${t(setting.name === 'data_dir' ? 'settings.fixed' : setting.source === 'flag' || setting.source === 'environment' ? `settings.fixed.${setting.source}` : 'settings.fixed.own', { name: `ARENABRIDGE_${setting.name.toUpperCase()}` })}</span>`
          : html`<div class="actions">
              ${isChanged && html`<button type="submit" class="primary">${t('save')}</button>`}
              ${isChanged && html`<button type="button" onClick=${() => setDraft(asText(setting, inUse))}>${t('cancel')}</button>`}
              ${!isChanged && (kept !== null || (setting.is_secret && setting.source === (isShared ? 'saved' : 'file'))) && html`<button type="button" class="plain" onClick=${() => write(null)} aria-label=${`${t('settings.reset')}: ${setting.name}`}>${t('settings.reset')}</button>`}
            </div>`}
      </form>
    </div>
  `;
}

const isInUse = (setting) => Boolean(setting.is_secret ? setting.is_set : setting.value);

/** At the address with which the gateway was started: what was saved since then waits for its restart. */
async function tryAlerts() {
  const { delivered, why } = await post('/api/alerts/test');
  say(delivered ? t('alerts.delivered') : t('alerts.not_delivered', { why }));
}

function Input({ setting, draft, setDraft, isFixed }) {
  const shared = { 'aria-labelledby': `setting-${setting.name}`, disabled: isFixed };
  const typed = (event) => setDraft(event.target.value);
  if (setting.kind === 'boolean') return html`<input ...${shared} class="switch" type="checkbox" role="switch" checked=${draft === 'true'} onChange=${(event) => setDraft(String(event.target.checked))} />`;
  if (setting.kind === 'choice') return html`<select ...${shared} value=${draft} onChange=${typed}>${setting.choices.map((each) => html`<option key=${each} value=${each}>${each}</option>`)}</select>`;
  if (setting.kind === 'list' || setting.kind === 'object') return html`<textarea ...${shared} rows=${Math.min(6, draft.split('\n').length + 1)} spellcheck="false" value=${draft} onInput=${typed} placeholder=${t(`settings.${setting.kind}`)}></textarea>`;
  const placeholder = setting.is_secret ? t(setting.is_set ? 'settings.is_set' : 'settings.not_set') : t('settings.not_set');
  return html`<input ...${shared} type=${setting.is_secret ? 'password' : 'text'} autocomplete="off" inputmode=${setting.kind === 'number' ? 'decimal' : undefined} value=${draft} onInput=${typed} placeholder=${placeholder} />`;
}

/** A list is one entry a line, an object is JSON, everything else as it is. */
function asText({ kind }, value) {
  if (value === null || value === undefined) return kind === 'boolean' ? 'false' : '';
  if (kind === 'list') return value.join('\n');
  if (kind === 'object') return Object.keys(value).length ? JSON.stringify(value, null, 2) : '';
  return String(value);
}

function asValue({ kind }, draft) {
  const text = draft.trim();
  if (kind === 'boolean') return text === 'true';
  if (kind === 'list') return text.split('\n').map((line) => line.trim()).filter(Boolean);
  if (!text) return null;
  if (kind === 'number') return Number.isNaN(Number(text)) ? text : Number(text);
  if (kind !== 'object') return text;
  try {
    return JSON.parse(text);
  } catch {
    return text; // which the gateway refuses, with words
  }
}

function shown(value) {
  if (value === null || value === '' || (typeof value === 'object' && !Object.keys(value).length)) return t('none');
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** What stands between backticks is code. */
const WithCode = ({ text }) => text.split('`').map((part, index) => (index % 2 ? html`<span class="mono">${part}</span>` : part));
