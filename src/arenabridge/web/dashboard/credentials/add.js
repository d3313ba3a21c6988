/** Add a worker: a code for a relay on another computer, or a userscript of one's own for this browser. */

import { post } from '../api.js';
import { Copy } from '../parts/copy.js';
import { Dialog } from '../parts/dialog.js';
import { Form } from '../parts/form.js';
import { Badge } from '../parts/layout.js';
import { ClockTime } from '../parts/time.js';
import { t } from '../texts.js';
import { html, useState } from '../ui.js';

/** @param {{credentials: any[], reload: () => Promise<void>, close: () => void}} props */
export function AddWorker({ credentials, reload, close }) {
  const [made, setMade] = useState(null);
  const send = async (data) => {
    const { kind, name, sharing } = Object.fromEntries(data);
    const known = new Set(credentials.map((each) => each.id));
    const told = await post(kind === 'browser' ? '/api/workers/credentials' : '/api/workers/codes', { name, sharing });
    setMade({ ...told, kind, known });
    await reload();
  };
  if (made?.kind === 'browser') return html`<${Script} made=${made} close=${close} />`;
  if (made) return html`<${Code} made=${made} enrolled=${credentials.find((each) => !made.known.has(each.id))} close=${close} />`;
  return html`
    <${Dialog} title=${t('credentials.add')} close=${close}>
      <${Form} send=${send} action=${t('credentials.add.action')}>
        <fieldset><legend>${t('credentials.where')}</legend><div class="form">
          <label class="choice"><input type="radio" name="kind" value="browser" defaultChecked=${true} />
            <span>${t('credentials.where.browser')}<br /><span class="muted small">${t('credentials.where.browser.words')}</span></span></label>
          <label class="choice"><input type="radio" name="kind" value="relay" /> <span>${t('credentials.where.relay')}<br /><span class="muted small">${t('credentials.where.relay.words')}</span></span></label>
        </div></fieldset>
        <label class="field"><span>${t('tokens.name')}</span><input name="name" type="text" required maxlength="64" placeholder=${t('workers.name.example')} /></label>
        <fieldset><legend>${t('credentials.serves')}</legend><div class="form">
          ${['owner', 'all'].map((each) => html`
            <label key=${each} class="choice"><input type="radio" name="sharing" value=${each} defaultChecked=${each === 'owner'} />
              <span>${t(`credentials.sharing.${each}`)}</span></label>`)}
          <p class="muted small">${t('credentials.sharing.words')}</p>
        </div></fieldset>
      <//>
    <//>
  `;
}

const Code = ({ made, enrolled, close }) => html`
  <${Dialog} title=${t('credentials.code')} close=${close}>
    <p>${t('credentials.code.words')}</p>
    <${Copy} text=${made.command} name=${t('credentials.command')} />
    <p class="muted small">${t('credentials.code.alone')} <strong class="mono">${made.code}</strong>. ${t('credentials.code.until')} <${ClockTime} at=${made.expires_at} />.</p>
    <p role="status">${enrolled ? html`<${Badge} tone="good">${t('credentials.enrolled', { name: enrolled.name })}<//>` : html`<${Badge} tone="accent" live=${true}>${t('credentials.waiting')}<//>`}</p>
    <footer><button type="button" class="primary" onClick=${close}>${t('done')}</button></footer>
  <//>
`;

const Script = ({ made, close }) => html`
  <${Dialog} title=${t('credentials.script')} close=${close}>
    <${Install} install=${made} />
    <footer><button type="button" onClick=${close}>${t('done')}</button></footer>
  <//>
`;

/** @param {{install: {address: string, sites: string[]}}} props */
export const Install = ({ install }) => html`
  <p>${t('credentials.script.words')}</p>
  <p class="actions"><a class="button primary" href=${install.address} target="_blank" rel="noopener">${t('connect.install.action')}</a>${install.sites.slice(0, 1).map((site) => html`<a key=${site} class="button" href=${site} target="_blank" rel="noopener noreferrer">${t('workers.open_site')}</a>`)}</p>
  <p class="muted small">${t('credentials.script.replaces')} ${t('connect.install.secret')}</p>
`;
