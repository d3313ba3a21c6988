/** Who did what, from where and when. */

import { get } from '../api.js';
import { Card, PageHead } from '../parts/layout.js';
import { Empty, ErrorNotice, Loading } from '../parts/states.js';
import { Moment } from '../parts/time.js';
import { known, t } from '../texts.js';
import { html, useEffect, useState } from '../ui.js';

const SUBJECTS = ['', 'key', 'user', 'invitation', 'worker', 'site_session', 'captured', 'settings', 'file', 'bodies', 'audit', 'gateway'];

export function Audit() {
  const [subject, setSubject] = useState('');
  const [acts, setActs] = useState(null);
  const [next, setNext] = useState(null);
  const [error, setError] = useState(null);
  const load = async (before) => {
    try {
      const asked = new URLSearchParams({ limit: '100', ...(subject && { action: `${subject}.` }), ...(before && { before: String(before) }) });
      const answer = await get(`/api/audit?${asked}`);
      setActs((shown) => (before ? [...shown, ...answer.acts] : answer.acts));
      setNext(answer.next);
      setError(null);
    } catch (failed) {
      setError(failed);
    }
  };
  useEffect(() => void load(null), [subject]);
  return html`
    <${PageHead} title=${t('nav.audit')} about=${t('audit.about')}>
      <a class="button" href="/api/audit/export?format=csv" download>CSV</a>
      <a class="button" href="/api/audit/export?format=json" download>JSON</a>
    <//>
    <${Card} title=${t('audit.acts')} aside=${html`<select aria-label=${t('audit.subject')} value=${subject} onChange=${(event) => setSubject(event.target.value)}>${SUBJECTS.map((each) => html`<option key=${each} value=${each}>${t(`audit.subject.${each || 'all'}`)}</option>`)}</select>`}>
      ${error && html`<${ErrorNotice} error=${error} retry=${() => load(null)} />`}
      ${acts === null ? !error && html`<${Loading} />` : acts.length ? html`<${Table} acts=${acts} />` : html`<${Empty} title=${t('audit.none')} />`}
      ${next !== null && html`<button type="button" onClick=${() => load(next)}>${t('audit.more')}</button>`}
    <//>
  `;
}

const Table = ({ acts }) => html`
  <div class="scroll"><table class="things">
    <thead><tr><th>${t('time')}</th><th>${t('audit.who')}</th><th>${t('audit.what')}</th><th>${t('audit.target')}</th><th>${t('audit.detail')}</th><th>${t('audit.from')}</th></tr></thead>
    <tbody>${acts.map((act) => html`
      <tr key=${act.id}>
        <td class="tabular muted" data-label=${t('time')}><${Moment} at=${act.at} /></td>
        <td data-label=${t('audit.who')}><span class="break">${act.actor}</span></td>
        <td data-label=${t('audit.what')} title=${act.action}>${known(`act.${act.action}`, act.action)}</td>
        <td class="wide" data-label=${t('audit.target')}>${act.target}</td>
        <td class="wide muted ${act.detail ? '' : 'none'}" data-label=${t('audit.detail')}>${act.detail}</td>
        <td class="mono muted" data-label=${t('audit.from')}>${act.address}</td>
      </tr>`)}</tbody>
  </table></div>
`;
