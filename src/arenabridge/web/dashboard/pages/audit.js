/** Who did what, from where and when. */

import { useLoaded } from '../api.js';
import { midnight } from '../days.js';
import { Card, PageHead } from '../parts/layout.js';
import { usePages } from '../parts/pages.js';
import { Empty, ErrorNotice, Loading } from '../parts/states.js';
import { Moment } from '../parts/time.js';
import { ask, wish } from '../router.js';
import { known, t } from '../texts.js';
import { html } from '../ui.js';

const SUBJECTS = ['key', 'user', 'password', 'invitation', 'worker', 'site_session', 'captured', 'model', 'settings', 'file', 'bodies', 'audit', 'gateway'];
const COMMAND_LINE = 'command-line';
const DAYS = ['since', 'until'];

export function Audit() {
  const wishes = wishesOf();
  const list = usePages({ path: '/api/audit', rows: 'acts', wishes, page: 100, most: 500 });
  const query = new URLSearchParams(Object.entries(wishes).filter(([, value]) => value));
  const isFiltered = query.size > 0;
  return html`
    <${PageHead} title=${t('nav.audit')} about=${t('audit.about')}>
      ${['csv', 'json'].map((format) => html`
        <a key=${format} class="button" href="/api/audit/export?format=${format}&${query}" download>${format.toUpperCase()}</a>`)}
    <//>
    <${Card} title=${t('audit.acts')}>
      <div class="stack">
        <${Filters} isFiltered=${isFiltered} />
        ${list.error && html`<${ErrorNotice} error=${list.error} retry=${list.reload} />`}
        ${list.rows === null ? !list.error && html`<${Loading} />` : list.rows.length ? html`<${Table} acts=${list.rows} />`
          : html`<${Empty} title=${t(isFiltered ? 'audit.no_match' : 'audit.none')} />`}
        ${list.next !== null && html`<button type="button" onClick=${list.more}>${t('audit.more')}</button>`}
      </div>
    <//>
  `;
}

/** What the address asks for, as the API takes it: days are whole ones, of the reader's zone. */
function wishesOf() {
  return {
    action: wish('subject') && actions(wish('subject')),
    actor: wish('actor'),
    since: wish('since') && String(midnight(wish('since'))),
    until: wish('until') && String(midnight(wish('until'), 1)),
  };
}

/** How the actions of a subject begin; `files.removed` is of several. */
const actions = (subject) => (subject === 'file' ? subject : `${subject}.`);

function Filters({ isFiltered }) {
  const users = useLoaded('/api/users').value?.users ?? [];
  const people = [...users.map((each) => [each.id, each.name]), [COMMAND_LINE, t('audit.command_line')]];
  const subjects = SUBJECTS.map((each) => [each, t(`audit.subject.${each}`)]);
  const clear = () => ask({ subject: '', actor: '', since: '', until: '' });
  return html`
    <div class="filters" role="search" aria-label=${t('requests.filters')}>
      <${Choice} name="subject" words=${t('audit.subject')} any=${t('audit.subject.all')} options=${subjects} />
      <${Choice} name="actor" words=${t('audit.who')} any=${t('audit.who.any')} options=${people} />
      ${DAYS.map((name) => html`<${Day} key=${name} name=${name} />`)}
      ${isFiltered && html`<button type="button" class="plain" onClick=${clear}>${t('requests.clear')}</button>`}
    </div>
  `;
}

/** Somebody who is gone is asked for by what the address says. */
function Choice({ name, words, any, options }) {
  const value = wish(name);
  const all = !value || options.some(([each]) => each === value) ? options : [...options, [value, value]];
  return html`
    <select aria-label=${words} class=${value ? 'chosen' : ''} value=${value} onChange=${(event) => ask({ [name]: event.target.value })}>
      <option value="">${any}</option>
      ${all.map(([each, shown]) => html`<option key=${each} value=${each}>${shown}</option>`)}
    </select>`;
}

const Day = ({ name }) => html`
  <label class="inline"><span class="muted small">${t(`requests.${name}`)}</span>
    <input type="date" value=${wish(name)} onChange=${(event) => ask({ [name]: event.target.value })} /></label>
`;

const Table = ({ acts }) => html`
  <div class="scroll"><table class="things">
    <thead><tr>
      <th>${t('time')}</th><th>${t('audit.who')}</th><th>${t('audit.what')}</th>
      <th>${t('audit.target')}</th><th>${t('audit.detail')}</th><th>${t('audit.from')}</th>
    </tr></thead>
    <tbody>${acts.map((act) => html`
      <tr key=${act.id}>
        <td class="tabular muted" data-label=${t('time')}><${Moment} at=${act.at} /></td>
        <td class="name" data-label=${t('audit.who')}>${act.actor_id
          ? html`<button type="button" class="link break" title=${t('audit.who.only')} onClick=${() => ask({ actor: act.actor_id })}>${act.actor}</button>`
          : html`<span class="break">${act.actor}</span>`}</td>
        <td data-label=${t('audit.what')} title=${act.action}>${known(`act.${act.action}`, act.action)}</td>
        <td class="wide" data-label=${t('audit.target')}>${act.target}</td>
        <td class="wide muted ${act.detail ? '' : 'none'}" data-label=${t('audit.detail')}>${act.detail}</td>
        <td class="mono muted" data-label=${t('audit.from')}>${act.address}</td>
      </tr>`)}</tbody>
  </table></div>
`;
