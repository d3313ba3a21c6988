/** What can be done with a key: its terms, rest, another secret, and its end. */

import { patch, post, remove } from '../api.js';
import { Dialog, Question } from '../parts/dialog.js';
import { Moment } from '../parts/time.js';
import { attempt } from '../parts/toast.js';
import { WorkButton } from '../parts/work.js';
import { isAdministrator } from '../session.js';
import { t } from '../texts.js';
import { html, useState } from '../ui.js';
import { TokenForm } from './form.js';

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86_400;
/** How long the old secret may be good for still; the gateway takes thirty days at most. */
const OVERLAPS = [0, HOUR_SECONDS, DAY_SECONDS, 7 * DAY_SECONDS, 30 * DAY_SECONDS];

/** @param {{token: object, saved: (answer: object) => Promise<void>, anew: () => Promise<void>, close: () => void}} props */
export function ManageToken({ token, saved, anew, close }) {
  const [asked, ask] = useState('');
  const path = `/api/tokens/${encodeURIComponent(token.id)}`;
  const act = async (work, done) => {
    let answer = {};
    if (await attempt(async () => (answer = (await work()) ?? {}), done)) await saved(answer);
  };
  if (asked === 'rotate') return html`<${Rotate} token=${token} close=${close} rotate=${(overlap) => act(() => post(`${path}/rotate`, { overlap }), '')} />`;
  if (asked === 'revoke') {
    return html`
      <${Question} title=${t('tokens.revoke.question', { name: token.name })} words=${t('tokens.revoke.words')} action=${t('tokens.revoke')}
        close=${close} act=${() => act(() => remove(path), t('tokens.revoked'))} />`;
  }
  const isDisabled = token.disabled_at !== null;
  const isLocked = isDisabled && token.locked && !isAdministrator.value; // others put it to rest, and they decide
  const turn = () => act(() => patch(path, { disabled: !isDisabled }), t(isDisabled ? 'tokens.enabled' : 'tokens.disabled'));
  const save = async ({ version, ...changes }) => saved(Object.keys(changes).length ? await patch(path, { ...changes, version }) : {});
  return html`
    <${Dialog} large=${true} title=${token.name} close=${close}>
      <div class="actions">
        ${!isLocked && html`<${WorkButton} act=${turn}>${t(isDisabled ? 'tokens.enable' : 'tokens.disable')}<//>`}
        <button type="button" onClick=${() => ask('rotate')}>${t('tokens.rotate')}</button>
        <button type="button" class="danger" onClick=${() => ask('revoke')}>${t('tokens.revoke')}</button>
      </div>
      ${isLocked && html`<p class="muted small">${t('tokens.locked')}</p>`}
      ${hasEarlier(token) && html`<p class="muted small">${t('tokens.previous')} <${Moment} at=${token.previous_until} /></p>`}
      <${TokenForm} token=${token} save=${save} anew=${anew} />
    <//>
  `;
}

/** While the secret before the last rotation is good, another one ends all earlier ones: the gateway keeps two at most. */
function Rotate({ token, rotate, close }) {
  const [overlap, setOverlap] = useState(hasEarlier(token) ? 0 : DAY_SECONDS);
  const words = hasEarlier(token) ? html`${t('tokens.rotate.again')} <${Moment} at=${token.previous_until} />` : t('tokens.rotate.words');
  return html`
    <${Question} title=${t('tokens.rotate.question', { name: token.name })} words=${words} action=${t('tokens.rotate')}
      close=${close} act=${() => rotate(overlap)}>
      ${!hasEarlier(token) && html`<label class="field"><span>${t('tokens.overlap')}</span>
        <select value=${overlap} onChange=${(event) => setOverlap(Number(event.target.value))}>
          ${OVERLAPS.map((seconds) => html`<option key=${seconds} value=${seconds}>${overlapName(seconds)}</option>`)}
        </select>
      </label>`}
    <//>
  `;
}

const hasEarlier = (token) => token.previous_until !== null && token.previous_until > Date.now() / 1000;

function overlapName(seconds) {
  if (!seconds) return t('tokens.overlap.none');
  return seconds < DAY_SECONDS ? t('hours', { count: seconds / HOUR_SECONDS }) : t('days', { count: seconds / DAY_SECONDS });
}
