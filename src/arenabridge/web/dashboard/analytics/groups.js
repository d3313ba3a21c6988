/** Models or keys side by side, and how requests ended. */

import { compact, duration, number, percent } from '../formats.js';
import { Bar, Card } from '../parts/layout.js';
import { Empty } from '../parts/states.js';
import { reasonName } from '../requests/words.js';
import { address, queryWith } from '../router.js';
import { t } from '../texts.js';
import { html, useState } from '../ui.js';

const SHOWN_AT_FIRST = 10;

/** @param {{title: string, first: string, groups: object[], aside: any, choose: (id: string) => void}} props */
export function Groups({ title, first, groups, aside, choose }) {
  const [all, showAll] = useState(false);
  const shown = all ? groups : groups.slice(0, SHOWN_AT_FIRST);
  return html`
    <${Card} title=${title} aside=${aside}>
      ${groups.length ? html`
        <div class="scroll"><table class="things">
          <thead><tr><th>${first}</th><th class="number">${t('requests')}</th><th class="number">${t('overview.success')}</th><th class="number" >${t('requests.first_token')} <span class="sub">${t('analytics.percentiles')}</span></th><th class="number" >${t('analytics.whole')} <span class="sub">${t('analytics.percentiles')}</span></th><th class="number">${t('analytics.in')}</th><th class="number">${t('analytics.out')}</th></tr></thead>
          <tbody>${shown.map((group) => html`
            <tr key=${group.id}>
              <td class="title wide"><button type="button" class="link break" onClick=${() => choose(group.id)}>${group.name}</button></td>
              <td class="number" data-label=${t('requests')}>${number(group.requests)}</td>
              <td class="number" data-label=${t('overview.success')}>${percent(group.success)}</td>
              <td class="number" data-label=${t('requests.first_token')}><${Spread} times=${group.times.first_token} /></td>
              <td class="number" data-label=${t('analytics.whole')}><${Spread} times=${group.times.duration} /></td>
              <td class="number" data-label=${t('analytics.tokens_in')}>${compact(group.tokens_in)}</td>
              <td class="number" data-label=${t('analytics.tokens_out')}>${compact(group.tokens_out)}</td>
            </tr>`)}</tbody>
        </table></div>
        ${shown.length < groups.length && html`<button type="button" onClick=${() => showAll(true)}>${t('models.show_all', { count: groups.length })}</button>`}`
      : html`<${Empty} title=${t('analytics.nothing')} />`}
    <//>
  `;
}

/** The median, and what 95 % stayed below. */
const Spread = ({ times }) => html`<span>${duration(times.p50)}${times.p95 !== null && html` <span class="muted">/ ${duration(times.p95)}</span>`}</span>`;

/** @param {{ends: object[] | null, aside: any, wishes: Record<string, string>}} props null where that is not known */
export function Ends({ ends, aside, wishes }) {
  const whole = ends?.reduce((sum, each) => sum + each.requests, 0);
  return html`
    <${Card} title=${t('analytics.ends')} aside=${aside}>
      ${ends === null ? html`<${Empty} title=${t('analytics.ends.of_model')}>${t('analytics.ends.of_model.words')}<//>` : ends.length ? html`
        <div class="scroll"><table class="things">
          <thead><tr><th>${t('result')}</th><th>${t('analytics.code')}</th><th class="number">HTTP</th><th>${t('overview.share')}</th><th class="number">${t('requests')}</th></tr></thead>
          <tbody>${ends.map((end) => html`
            <tr key=${`${end.end_reason} ${end.error_code} ${end.status}`}>
              <td class="title"><a href=${address('requests') + queryWith({ ...wishes, end_reason: end.end_reason, status: String(end.status) }, '')}>${reasonName(end.end_reason)}</a></td>
              <td class="muted mono ${end.error_code ? '' : 'none'}" data-label=${t('analytics.code')}>${end.error_code ? html`<a href="/help/${encodeURIComponent(end.error_code)}" target="_blank" rel="noopener">${end.error_code}</a>` : '—'}</td>
              <td class="number" data-label="HTTP">${end.status}</td>
              <td class="half" data-label=${t('overview.share')}><${Bar} share=${end.requests / whole} /></td>
              <td class="number" data-label=${t('requests')}>${number(end.requests)}</td>
            </tr>`)}</tbody>
        </table></div>`
      : html`<${Empty} title=${t('analytics.nothing')} />`}
    <//>
  `;
}
