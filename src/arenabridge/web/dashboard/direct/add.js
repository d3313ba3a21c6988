/** Add a session: where to find it in the browser, step by step, and a place to paste it. It is never shown again. */

import { post } from '../api.js';
import { Dialog } from '../parts/dialog.js';
import { Form } from '../parts/form.js';
import { say } from '../parts/toast.js';
import { isAdministrator } from '../session.js';
import { t } from '../texts.js';
import { html, useState } from '../ui.js';

const EXAMPLE = 'arena-auth-prod-v1.0=base64-…\narena-auth-prod-v1.1=…';

/** @param {{reload: () => Promise<void>, close: () => void}} props */
export function AddSession({ reload, close }) {
  const [owner, setOwner] = useState('me');
  const send = async (data) => {
    const { name, session, sharing } = Object.fromEntries(data);
    const isGateways = owner === 'gateway';
    await post('/api/site-sessions', { name, session, sharing: isGateways ? 'all' : sharing, is_gateways: isGateways });
    say(t('direct.added'));
    close();
    await reload();
  };
  const cancel = html`<button type="button" onClick=${close}>${t('cancel')}</button>`;
  return html`
    <${Dialog} large=${true} title=${t('direct.add')} close=${close}>
      <p><strong>${t('direct.whole_account')}</strong> ${t('direct.whole_account.words')}</p>
      <${Form} send=${send} action=${t('credentials.add.action')} beside=${cancel} autocomplete="off">
        <label class="field"><span>${t('tokens.name')}</span><input name="name" type="text" required maxlength="64" placeholder=${t('direct.name.example')} /></label>
        <${Steps} />
        <label class="field"><span>${t('direct.value')}</span><textarea name="session" class="mono" required rows="4" spellcheck=${false} autocapitalize="off" placeholder=${EXAMPLE}></textarea><span class="hint">${t('direct.value.hint')}</span></label>
        ${isAdministrator.value && html`<label class="field"><span>${t('direct.whose')}</span><select value=${owner} onChange=${(event) => setOwner(event.target.value)}><option value="me">${t('direct.whose.me')}</option><option value="gateway">${t('direct.whose.gateway')}</option></select></label>`}
        ${owner === 'me' && html`<fieldset><legend>${t('credentials.serves')}</legend><div class="form">
          ${['owner', 'all'].map((each) => html`
            <label key=${each} class="choice"><input type="radio" name="sharing" value=${each} defaultChecked=${each === 'owner'} />
              <span>${t(`direct.sharing.${each}`)}</span></label>`)}
          <p class="muted small">${t('credentials.sharing.words')}</p>
        </div></fieldset>`}
      <//>
    <//>
  `;
}

const Steps = () => html`
  <details>
    <summary>${t('direct.where')}</summary>
    <ol class="how">
      <li>${t('direct.where.open')}</li>
      <li>${t('direct.where.tools')}</li>
      <li>${t('direct.where.cookies')}</li>
      <li>${t('direct.where.copy')}</li>
    </ol>
    <p class="muted small">${t('direct.where.badge')}</p>
  </details>
`;
