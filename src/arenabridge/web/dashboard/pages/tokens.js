/** API keys: made, limited, rotated, put to rest. A key itself is seen once. */

import { patch, post, remove, useLoaded } from '../api.js';
import { number } from '../formats.js';
import { Copy } from '../parts/copy.js';
import { Dialog, Question } from '../parts/dialog.js';
import { Badge, Bar, Card, PageHead, Segments } from '../parts/layout.js';
import { Empty, Loaded } from '../parts/states.js';
import { Ago, Moment } from '../parts/time.js';
import { attempt } from '../parts/toast.js';
import { isAdministrator, session } from '../session.js';
import { t } from '../texts.js';
import { TokenForm } from '../tokens/form.js';
import { html, useState } from '../ui.js';

const TONES = { valid: 'good', disabled: '', expired: 'warn', revoked: 'bad', owner_disabled: 'warn' };
const BUDGETS = [['requests_per_day', 'day_requests'], ['tokens_per_day', 'day_tokens'], ['requests_per_month', 'month_requests'], ['tokens_per_month', 'month_tokens']];

export function Tokens() {
  const loaded = useLoaded('/api/tokens');
  const [shown, show] = useState('current');
  const [opened, open] = useState(null);
  const [made, setMade] = useState(null);
  const tokens = loaded.value?.tokens ?? [];
  const token = tokens.find((each) => each.id === opened);
  const saved = async (answer) => {
    open(null);
    if (answer.key) setMade(answer);
    await loaded.reload();
  };
  return html`
    <${PageHead} title=${t('nav.tokens')} about=${t('tokens.about')}><button type="button" class="primary" onClick=${() => open('new')}>${t('tokens.new')}</button><//>
    <${Loaded} from=${loaded}>${() => html`
      <${Card} title=${t('tokens.keys')} aside=${tokens.some((each) => each.state === 'revoked') && html`<${Segments} name=${t('state')} value=${shown} choose=${show} options=${[['current', t('tokens.current')], ['all', t('tokens.all')]]} />`}>
        <${Table} tokens=${tokens.filter((each) => shown === 'all' || each.state !== 'revoked')} open=${open} />
      <//>
    `}<//>
    ${opened === 'new' && html`<${Dialog} large=${true} title=${t('tokens.new')} close=${() => open(null)}><${TokenForm} save=${async (form) => saved(await post('/api/tokens', form))} /><//>`}
    ${token && html`<${Manage} key=${token.id} token=${token} saved=${saved} close=${() => open(null)} />`}
    ${made && html`<${Made} made=${made} close=${() => setMade(null)} />`}
  `;
}

function Table({ tokens, open }) {
  if (!tokens.length) return html`<${Empty} title=${t('tokens.none')}>${t('tokens.none.words')}<//>`;
  return html`
    <div class="scroll"><table class="things">
      <thead><tr><th>${t('tokens.name')}</th><th>${t('state')}</th>${isAdministrator.value && html`<th>${t('tokens.owner')}</th>`}<th>${t('tokens.budget')}</th><th>${t('tokens.last_used')}</th><th>${t('tokens.expires')}</th><th><span class="visually-hidden">${t('manage')}</span></th></tr></thead>
      <tbody>${tokens.map((token) => html`
        <tr key=${token.id}>
          <td class="title"><strong class="break">${token.name}</strong> ${token.scopes.includes('admin') && html`<${Badge} dot=${false} tone="accent">admin<//>`}<span class="sub mono">${token.prefix}…</span></td>
          <td data-label=${t('state')}><${Badge} tone=${TONES[token.state]}>${t(`tokens.state.${token.state}`)}<//></td>
          ${isAdministrator.value && html`<td class="muted" data-label=${t('tokens.owner')}>${token.owner?.name ?? t('tokens.gateway')}</td>`}
          <td data-label=${t('tokens.budget')}><${Budget} token=${token} /></td>
          <td class="muted" data-label=${t('tokens.last_used')}>${token.last_used_at ? html`<${Ago} at=${token.last_used_at} />` : t('never')}</td>
          <td class="muted" data-label=${t('tokens.expires')}>${token.expires_at ? html`<${Moment} at=${token.expires_at} />` : t('never')}</td>
          <td class="act">${token.state !== 'revoked' && html`<button type="button" aria-label=${`${t('manage')}: ${token.name}`} onClick=${() => open(token.id)}>${t('manage')}</button>`}</td>
        </tr>`)}</tbody>
    </table></div>
  `;
}

/** The budget that is nearest to its end. */
function Budget({ token }) {
  const used = BUDGETS.filter(([limit]) => token.limits[limit]).map(([limit, use]) => ({ limit, used: token.use[use], all: token.limits[limit] }));
  if (!used.length) return html`<span class="muted">${t('tokens.no_budget')}</span>`;
  const nearest = used.sort((a, b) => b.used / b.all - a.used / a.all)[0];
  return html`<div class="number small">${t(`tokens.use.${nearest.limit}`, { used: number(nearest.used), all: number(nearest.all) })}<${Bar} share=${Math.min(1, nearest.used / nearest.all)} /></div>`;
}

function Manage({ token, saved, close }) {
  const [asked, ask] = useState('');
  const path = `/api/tokens/${encodeURIComponent(token.id)}`;
  const act = async (work, done) => {
    let answer = {};
    if (await attempt(async () => (answer = (await work()) ?? {}), done)) await saved(answer);
  };
  if (asked === 'revoke') return html`<${Question} title=${t('tokens.revoke.question', { name: token.name })} words=${t('tokens.revoke.words')} action=${t('tokens.revoke')} close=${close} act=${() => act(() => remove(path), t('tokens.revoked'))} />`;
  if (asked === 'rotate') return html`<${Question} title=${t('tokens.rotate.question', { name: token.name })} words=${t('tokens.rotate.words')} action=${t('tokens.rotate')} close=${close} act=${() => act(() => post(`${path}/rotate`), '')} />`;
  return html`
    <${Dialog} large=${true} title=${token.name} close=${close}>
      <div class="actions">
        <button type="button" onClick=${() => act(() => patch(path, { disabled: token.disabled_at === null }), t(token.disabled_at === null ? 'tokens.disabled' : 'tokens.enabled'))}>${t(token.disabled_at === null ? 'tokens.disable' : 'tokens.enable')}</button>
        <button type="button" onClick=${() => ask('rotate')}>${t('tokens.rotate')}</button>
        <button type="button" class="danger" onClick=${() => ask('revoke')}>${t('tokens.revoke')}</button>
      </div>
      ${token.previous_until && html`<p class="muted small">${t('tokens.previous')} <${Moment} at=${token.previous_until} /></p>`}
      <${TokenForm} token=${token} save=${async (form) => saved(await patch(path, form))} />
    <//>
  `;
}

const Made = ({ made, close }) => html`
  <${Dialog} title=${t('tokens.made', { name: made.name })} close=${close}>
    <p>${t('tokens.made.words')}</p>
    <${Copy} text=${made.key} name=${t('key')} />
    <p class="muted small">${t('tokens.made.use', { url: `${location.origin}/v1`, person: session.value.user.name })}</p>
    <footer><button type="button" class="primary" onClick=${close}>${t('done')}</button></footer>
  <//>
`;
