/** The keys, each in a row: how it is, whose, and what of its budget is used. */

import { number } from '../formats.js';
import { Badge, Bar } from '../parts/layout.js';
import { Ago, Moment } from '../parts/time.js';
import { isAdministrator } from '../session.js';
import { t } from '../texts.js';
import { html } from '../ui.js';

const TONES = { valid: 'good', disabled: '', expired: 'warn', revoked: 'bad', owner_disabled: 'warn' };
const BUDGETS = [
  ['requests_per_day', 'day_requests'],
  ['tokens_per_day', 'day_tokens'],
  ['requests_per_month', 'month_requests'],
  ['tokens_per_month', 'month_tokens'],
];

/** @param {{tokens: object[], open: (id: string) => void}} props */
export const TokensTable = ({ tokens, open }) => html`
  <div class="scroll"><table class="things">
    <thead><tr>
      <th>${t('tokens.name')}</th><th>${t('state')}</th>${isAdministrator.value && html`<th>${t('tokens.owner')}</th>`}
      <th>${t('tokens.budget')}</th><th>${t('tokens.last_used')}</th><th>${t('tokens.expires')}</th>
      <th><span class="visually-hidden">${t('manage')}</span></th>
    </tr></thead>
    <tbody>${tokens.map((token) => html`<${Row} key=${token.id} token=${token} open=${open} />`)}</tbody>
  </table></div>
`;

const Row = ({ token, open }) => html`
  <tr>
    <td class="title"><strong class="break">${token.name}</strong> ${token.scopes.includes('admin') && html`<${Badge} dot=${false} tone="accent">admin<//>`}
      <span class="sub mono">${token.prefix}…</span></td>
    <td data-label=${t('state')}><${Badge} tone=${TONES[token.state]}>${t(`tokens.state.${token.state}`)}<//></td>
    ${isAdministrator.value && html`<td class="muted name" data-label=${t('tokens.owner')}>${token.owner?.name ?? t('tokens.gateway')}</td>`}
    <td data-label=${t('tokens.budget')}><${Budget} limits=${token.limits} use=${token.use} /></td>
    <td class="muted" data-label=${t('tokens.last_used')}>${token.last_used_at ? html`<${Ago} at=${token.last_used_at} />` : t('never')}</td>
    <td class="muted" data-label=${t('tokens.expires')}>${token.expires_at ? html`<${Moment} at=${token.expires_at} />` : t('never')}</td>
    <td class="act">${token.state !== 'revoked' && html`
      <button type="button" aria-label=${`${t('manage')}: ${token.name}`} onClick=${() => open(token.id)}>${t('manage')}</button>`}</td>
  </tr>
`;

/** The budget that is nearest to its end. */
export function Budget({ limits, use }) {
  const used = BUDGETS.filter(([limit]) => limits[limit]).map(([limit, name]) => ({ limit, used: use[name], all: limits[limit] }));
  if (!used.length) return html`<span class="muted">${t('tokens.no_budget')}</span>`;
  const nearest = used.sort((a, b) => b.used / b.all - a.used / a.all)[0];
  const words = t(`tokens.use.${nearest.limit}`, { used: number(nearest.used), all: number(nearest.all) });
  return html`<div class="number small">${words}<${Bar} share=${Math.min(1, nearest.used / nearest.all)} /></div>`;
}
