/** What the owner of a worker decides about it: its name, whom it serves and how much, rest, and the end. */

import { get, patch, remove } from '../api.js';
import { Dialog, Question } from '../parts/dialog.js';
import { Form } from '../parts/form.js';
import { Moment } from '../parts/time.js';
import { attempt } from '../parts/toast.js';
import { WorkButton } from '../parts/work.js';
import { session } from '../session.js';
import { t } from '../texts.js';
import { html, useState } from '../ui.js';
import { Install } from './add.js';

/** @param {{credential: any, reload: () => Promise<void>, close: () => void}} props */
export function ManageCredential({ credential, reload, close }) {
  const [asked, ask] = useState(false);
  const [install, setInstall] = useState(null);
  const path = `/api/workers/credentials/${encodeURIComponent(credential.id)}`;
  const act = async (work, done) => (await attempt(work, done)) && (await reload(), true);
  const pause = () => act(() => patch(path, { paused: !credential.paused }), t(credential.paused ? 'workers.resumed' : 'workers.paused'));
  const revoke = async () => (await act(() => remove(path), t('credentials.revoked'))) && close();
  if (asked) return html`<${Question} title=${t('credentials.revoke.question', { name: credential.name })} words=${t('credentials.revoke.words')} action=${t('credentials.revoke')} close=${close} act=${revoke} />`;
  const isScriptMine = credential.kind === 'browser' && (!credential.owner || credential.owner.id === session.value.user.id);
  return html`
    <${Dialog} title=${credential.name} close=${close}>
      <div class="actions">
        <${WorkButton} act=${pause}>${t(credential.paused ? 'workers.resume' : 'credentials.pause')}<//>
        ${isScriptMine && html`<button type="button" onClick=${() => attempt(async () => setInstall(await get(`${path}/install`)))}>${t('credentials.script.show')}</button>`}
        <button type="button" class="danger" onClick=${() => ask(true)}>${t('credentials.revoke')}</button>
      </div>
      ${install && html`<${Install} install=${install} />`}
      <${Terms} credential=${credential} save=${async (form) => (await patch(path, form), await reload(), close())} />
      <p class="muted small">${t('credentials.since')} <${Moment} at=${credential.created_at} />.</p>
    <//>
  `;
}

function Terms({ credential, save }) {
  const [sharing, setSharing] = useState(credential.sharing);
  const send = (data) => {
    const team = (data.get('team') ?? '').split(',').map((name) => name.trim()).filter(Boolean);
    const cap = data.get('cap') === '' ? null : Number(data.get('cap'));
    return save({ name: data.get('name'), sharing, ...(sharing === 'team' && { team }), is_backup: Boolean(data.get('is_backup')), cap });
  };
  return html`
    <${Form} send=${send} action=${t('save')}>
      <label class="field"><span>${t('tokens.name')}</span><input name="name" type="text" required maxlength="64" defaultValue=${credential.name} /></label>
      <label class="field"><span>${t('credentials.serves')}</span><select name="sharing" value=${sharing} onChange=${(event) => setSharing(event.target.value)}>${['owner', 'team', 'all'].map((each) => html`<option key=${each} value=${each}>${t(`credentials.sharing.${each}`)}</option>`)}</select><span class="hint">${t('credentials.sharing.words')}</span></label>
      ${sharing === 'team' && html`
        <label class="field"><span>${t('credentials.team')}</span>
          <input name="team" type="text" defaultValue=${credential.team.join(', ')} /><span class="hint">${t('credentials.team.hint')}</span></label>`}
      <label class="field"><span>${t('credentials.cap')}</span>
        <input name="cap" type="number" min="0" max="1000" placeholder=${t('tokens.no_limit')} defaultValue=${credential.cap ?? ''} />
        <span class="hint">${t('credentials.cap.hint')}</span></label>
      <label class="choice"><input name="is_backup" type="checkbox" defaultChecked=${credential.is_backup} />
        <span>${t('credentials.backup.words')}</span></label>
    <//>
  `;
}
