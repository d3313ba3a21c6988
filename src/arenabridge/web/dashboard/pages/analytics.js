/** What was used: over a span of time, of everything, one key or one model. */

import { Charts } from '../analytics/charts.js';
import { Ends, Groups } from '../analytics/groups.js';
import { useLoaded, useZoned, zone } from '../api.js';
import { midnight } from '../days.js';
import { compact, duration, number, percent, size } from '../formats.js';
import { PageHead, Segments, Stat } from '../parts/layout.js';
import { Loaded } from '../parts/states.js';
import { ask, wish } from '../router.js';
import { isAdministrator } from '../session.js';
import { t } from '../texts.js';
import { html, useEffect } from '../ui.js';

const RANGES = ['24h', '7d', '30d', '90d', 'custom'];
const RELOAD_MS = 60_000;
const DAY_SECONDS = 86_400;

export function Analytics() {
  const range = RANGES.includes(wish('range')) ? wish('range') : '24h';
  const query = queryOf(range);
  const loaded = useZoned(`/api/analytics?${query}`);
  const everything = useLoaded(`/api/analytics?${queryOf(range, false)}&part=keys&part=models`);
  useEffect(() => {
    const again = setInterval(() => document.visibilityState === 'visible' && loaded.reload(), RELOAD_MS);
    return () => clearInterval(again);
  }, [query]);
  const choose = (chosen) => ask(chosen === 'custom' ? { range: chosen, ...lastWeek() } : { range: chosen, since: '', until: '' });
  return html`
    <${PageHead} title=${t('nav.analytics')} about=${t(isAdministrator.value ? 'analytics.about' : 'analytics.about.own')}>
      <${Segments} name=${t('range')} value=${range} choose=${choose} options=${RANGES.map((each) => [each, t(`range.${each}`)])} />
    <//>
    <div class="filters">
      ${range === 'custom' && html`<${Day} name="since" /><${Day} name="until" />`}
      <${Choice} name="key" options=${everything.value?.keys ?? []} />
      <${Choice} name="model" options=${everything.value?.models ?? []} />
      ${isAdministrator.value && html`<${UserChoice} />`}
    </div>
    <${Loaded} from=${loaded}>${(value) => html`
      ${value.utc_days && html`<p class="muted small">${t('analytics.utc')}</p>`}
      <${Figures} value=${value} />
      <${Charts} course=${value.course} aside=${html`<${Exports} query=${query} part="course" />`} />
      <${Groups} title=${t('analytics.models')} first=${t('model')} groups=${value.models} choose=${(id) => ask({ model: id })} aside=${html`<${Exports} query=${query} part="models" />`} />
      <${Groups} title=${t('analytics.keys')} first=${t('key')} groups=${value.keys} choose=${(id) => ask({ key: id })} aside=${html`<${Exports} query=${query} part="keys" />`} />
      <${Ends} ends=${value.ends} wishes=${wishes(range)} aside=${value.ends && html`<${Exports} query=${query} part="ends" />`} />
    `}<//>
  `;
}

/** What the API is asked; the parts that are chosen from are of everything in the span. */
function queryOf(range, isNarrowed = true) {
  const asked = new URLSearchParams();
  if (range === 'custom') {
    if (wish('since')) asked.set('since', String(midnight(wish('since'))));
    if (wish('until')) asked.set('until', String(midnight(wish('until'), 1)));
  } else asked.set('range', range);
  for (const name of isNarrowed ? ['key', 'model', 'user'] : []) if (wish(name)) asked.set(name, wish(name));
  return asked.toString();
}

/** The same for the page of requests. */
const wishes = (range) => ({
  key: wish('key'),
  ...(range === 'custom' ? { range: 'custom', since: wish('since') && String(midnight(wish('since'))), until: wish('until') && String(midnight(wish('until'), 1)) } : { range: ['24h', '7d', '30d'].includes(range) ? range : '' }),
});

const isoDay = (unix) => new Date((unix - new Date(unix * 1000).getTimezoneOffset() * 60) * 1000).toISOString().slice(0, 10);
const lastWeek = () => ({ since: isoDay(Date.now() / 1000 - 6 * DAY_SECONDS), until: isoDay(Date.now() / 1000) });

const Day = ({ name }) => html`
  <label class="inline"><span class="muted small">${t(`requests.${name}`)}</span> <input type="date" required value=${wish(name)} max=${name === 'since' ? wish('until') : undefined} min=${name === 'until' ? wish('since') : undefined} onChange=${(event) => event.target.value && ask({ [name]: event.target.value })} /></label>
`;

function Choice({ name, options }) {
  const value = wish(name);
  const all = !value || options.some((each) => each.id === value) ? options : [...options, { id: value, name: value }];
  return html`
    <select aria-label=${t(`requests.by.${name}`)} class=${value ? 'chosen' : ''} value=${value} onChange=${(event) => ask({ [name]: event.target.value })}>
      <option value="">${t(`requests.by.${name}.any`)}</option>
      ${all.map((each) => html`<option key=${each.id} value=${each.id}>${each.name}</option>`)}
    </select>`;
}

function UserChoice() {
  const loaded = useLoaded('/api/users');
  return html`<${Choice} name="user" options=${loaded.value?.users ?? []} />`;
}

function Figures({ value: { totals, times, active_now: active } }) {
  const spread = ({ p95, p99 }) => (p95 === null ? '' : t('analytics.spread', { p95: duration(p95), p99: duration(p99) }));
  const first = times.first_token.p50 === null ? totals?.first_token_mean : null;
  return html`
    <div class="grid four">
      <${Stat} title=${t('requests')} value=${number(totals.requests)} about=${t('analytics.active', { count: active })} />
      <${Stat} title=${t('overview.success')} value=${percent(totals.success)} about=${t('analytics.gone', { count: totals.gone })} />
      <${Stat} title=${t(first ? 'analytics.first_mean' : 'overview.first_token')} value=${duration(first ?? times.first_token.p50)} about=${spread(times.first_token)} />
      <${Stat} title=${t(first ? 'overview.duration' : 'analytics.whole_median')} value=${duration(times.duration.p50 ?? totals.duration_mean)} about=${spread(times.duration)} />
      <${Stat} title=${t('overview.tokens')} value=${compact(totals.tokens_in + totals.tokens_out)} about=${t('overview.in_out', { in: compact(totals.tokens_in), out: compact(totals.tokens_out) })} />
      <${Stat} title=${t('analytics.bytes')} value=${size(totals.bytes_in + totals.bytes_out)} about=${t('overview.in_out', { in: size(totals.bytes_in), out: size(totals.bytes_out) })} />
      <${Stat} title=${t('analytics.failed')} value=${number(totals.server_errors + totals.limited + totals.client_errors)} about=${t('analytics.failed.of', { server: number(totals.server_errors), limited: number(totals.limited), client: number(totals.client_errors) })} />
      <${Stat} title=${t('analytics.attempts')} value=${number(totals.attempts)} about=${t('analytics.attempts.words')} />
    </div>
  `;
}

const Exports = ({ query, part }) => html`
  <span class="actions">${['csv', 'json'].map((format) => html`<a key=${format} class="button small" href="/api/analytics/export?${query}&part=${part}&zone=${encodeURIComponent(zone.value)}&format=${format}" download aria-label=${t('analytics.export', { format: format.toUpperCase(), what: t(`analytics.part.${part}`) })}>${format.toUpperCase()}</a>`)}</span>
`;
