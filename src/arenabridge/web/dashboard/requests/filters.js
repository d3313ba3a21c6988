/** What one looks for among requests: kept in the address, so that a view can be passed on. */

import { get } from '../api.js';
import { workers } from '../feed/live.js';
import { number } from '../formats.js';
import { ask, wish } from '../router.js';
import { isAdministrator } from '../session.js';
import { t } from '../texts.js';
import { html, useEffect, useState } from '../ui.js';
import { workerName } from '../worker_words.js';
import { OUTCOMES, outcomeName, REASONS, reasonName } from './words.js';

const SECONDS = { '1h': 3600, '24h': 86_400, '7d': 604_800, '30d': 2_592_000 };
const CHOICES = ['key', 'model', 'outcome', 'end_reason', 'status', 'worker'];
const NAMES = [...CHOICES, 'range', 'since', 'until', 'search'];

/** The wishes of the address, as the API takes them. */
export function wishes() {
  const found = Object.fromEntries(NAMES.map((name) => [name, wish(name)]).filter(([, value]) => value));
  if (found.range in SECONDS) found.since = String(Math.floor(Date.now() / 60_000) * 60 - SECONDS[found.range]);
  delete found.range;
  return found;
}

/** What identifies them, though time goes on. */
export const filterKey = () => NAMES.map((name) => wish(name)).join('\n');

export const isFiltered = () => NAMES.some((name) => wish(name));

export const clear = () => ask(Object.fromEntries(NAMES.map((name) => [name, ''])));

export function Filters({ searchBox }) {
  const used = useUsed();
  const range = wish('since') || wish('until') || wish('range') === 'custom' ? 'custom' : wish('range');
  const chooseRange = (chosen) => ask({ range: chosen, since: '', until: '' });
  const count = CHOICES.filter((name) => wish(name)).length + (range ? 1 : 0);
  return html`
    <div class="stack" role="search" aria-label=${t('requests.filters')}>
      <div class="filters">
        <${Search} box=${searchBox} />
        ${isFiltered() && html`<button type="button" class="plain" onClick=${clear}>${t('requests.clear')}</button>`}
      </div>
      <details class="choices" open=${matchMedia('(min-width: 56rem)').matches || undefined}>
        <summary>${t('requests.filters')}${count > 0 && ` (${number(count)})`}</summary>
        <div class="filters">
          <${Choice} name="range" value=${range} choose=${chooseRange} options=${[...Object.keys(SECONDS), 'custom'].map((each) => [each, t(`range.${each}`)])} />
          <${Choice} name="key" options=${used.keys.map((each) => [each.id, each.name])} />
          <${Choice} name="model" options=${used.models.map((each) => [each.id, each.name])} />
          <${Choice} name="outcome" options=${OUTCOMES.map((each) => [each, outcomeName(each)])} />
          <${Choice} name="end_reason" options=${REASONS.map((each) => [each, reasonName(each)])} />
          <${Choice} name="status" options=${[...new Set(used.ends.map((each) => each.status))].sort().map((each) => [String(each), String(each)])} />
          ${isAdministrator.value && html`<${Choice} name="worker" options=${workers.value.map((each) => [each.id, workerName(each, t('worker.unnamed'))])} />`}
        </div>
        ${range === 'custom' && html`<div class="filters"><${At} name="since" /><${At} name="until" /></div>`}
      </details>
    </div>
  `;
}

/** What is typed is asked for when the typing rests. */
function Search({ box }) {
  const [text, setText] = useState(wish('search'));
  useEffect(() => {
    const rest = setTimeout(() => text !== wish('search') && ask({ search: text }), 300);
    return () => clearTimeout(rest);
  }, [text]);
  useEffect(() => setText(wish('search')), [wish('search')]);
  return html`<input type="search" ref=${box} maxlength="100" aria-label=${t('requests.search')} placeholder=${t('requests.search')} value=${text} onInput=${(event) => setText(event.target.value)} />`;
}

function Choice({ name, options, value = wish(name), choose = (chosen) => ask({ [name]: chosen }) }) {
  const all = !value || options.some(([each]) => each === value) ? options : [...options, [value, value]];
  return html`
    <select aria-label=${t(`requests.by.${name}`)} class=${value ? 'chosen' : ''} value=${value} onChange=${(event) => choose(event.target.value)}>
      <option value="">${t(`requests.by.${name}.any`)}</option>
      ${all.map(([each, words]) => html`<option key=${each} value=${each}>${words}</option>`)}
    </select>`;
}

/** A moment of the reader's zone; the API takes seconds. */
function At({ name }) {
  const seconds = Number(wish(name));
  const local = seconds ? new Date(seconds * 1000 - new Date(seconds * 1000).getTimezoneOffset() * 60_000).toISOString().slice(0, 16) : '';
  const change = (event) => ask({ range: 'custom', [name]: event.target.value && String(Math.floor(new Date(event.target.value).getTime() / 1000)) });
  return html`<label class="field"><span>${t(`requests.${name}`)}</span><input type="datetime-local" value=${local} onChange=${change} /></label>`;
}

/** Keys, models and ends that there were of late, to choose from. */
function useUsed() {
  const [used, setUsed] = useState({ keys: [], models: [], ends: [] });
  useEffect(() => {
    const parts = ['keys', 'models', 'ends'].map((each) => `part=${each}`).join('&');
    get(`/api/analytics?range=30d&${parts}`).then(setUsed, () => {}); // the list itself says what is wrong
  }, []);
  return used;
}
