/** What is decided about a session: its name, whom it serves, rest, and the end. */

import { patch, remove } from '../api.js';
import { Dialog, Question } from '../parts/dialog.js';
import { Form } from '../parts/form.js';
import { FromNow, Moment } from '../parts/time.js';
import { attempt } from '../parts/toast.js';
import { WorkButton } from '../parts/work.js';
import { session } from '../session.js';
import { t } from '../texts.js';
import { html, useState } from '../ui.js';
import { accountOf, State } from './list.js';

/** @param {{kept: any, reload: () => Promise<void>, close: () => void}} props */
export function ManageSession({ kept, reload, close }) {
  const [asked, ask] = useState(false);
  const path = `/api/site-sessions/${encodeURIComponent(kept.id)}`;
  const act = async (work, done) => (await attempt(work, done)) && (await reload(), true);
  const pause = () => act(() => patch(path, { paused: !kept.paused }), t(kept.paused ? 'workers.resumed' : 'direct.paused'));
  const forget = async () => (await act(() => remove(path), t('direct.removed'))) && close();
  if (asked) return html`<${Question} title=${t('direct.remove.question', { name: kept.name })} words=${t('direct.remove.words')} action=${t('direct.remove')} close=${close} act=${forget} />`;
  return html`
    <${Dialog} title=${kept.name} close=${close}>
      <div class="actions">
        <${WorkButton} act=${pause}>${t(kept.paused ? 'workers.resume' : 'credentials.pause')}<//>
        <button type="button" class="danger" onClick=${() => ask(true)}>${t('direct.remove')}</button>
      </div>
      <dl class="facts">
        <dt>${t('state')}</dt><dd><${State} of=${kept} /> ${kept.words || known(kept)}</dd>
        <dt>${t('direct.account')}</dt><dd>${accountOf(kept)}</dd>
        <dt>${t('direct.ends')}</dt><dd>${kept.expires_at ? html`<${FromNow} at=${kept.expires_at} /> (<${Moment} at=${kept.expires_at} />)` : t('direct.ends.unknown')}</dd>
        ${kept.renewed_at && html`<dt>${t('direct.renewed')}</dt><dd><${FromNow} at=${kept.renewed_at} /></dd>`}
        <dt>${t('credentials.since')}</dt><dd><${Moment} at=${kept.created_at} /></dd>
      </dl>
      <${Terms} kept=${kept} save=${async (form) => (await patch(path, form), await reload(), close())} />
    <//>
  `;
}

const known = ({ state, needs }) => (state === 'needs_person' ? t(`direct.needs.${needs}`) : state === 'unreachable' ? t('worker.unreachable.advice') : state === 'elsewhere' ? t('direct.elsewhere.words') : '');

function Terms({ kept, save }) {
  const isMine = kept.owner === session.value.user.name;
  return html`
    <${Form} send=${(data) => save(Object.fromEntries(data))} action=${t('save')}>
      <label class="field"><span>${t('tokens.name')}</span><input name="name" type="text" required maxlength="64" defaultValue=${kept.name} /></label>
      ${isMine && html`<label class="field"><span>${t('credentials.serves')}</span>
        <select name="sharing">${['owner', 'all'].map((each) => html`
          <option key=${each} value=${each} selected=${each === kept.sharing}>${t(`direct.sharing.${each}`)}</option>`)}</select>
        <span class="hint">${t('credentials.sharing.words')}</span></label>`}
    <//>
  `;
}
