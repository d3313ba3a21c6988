/** Reading the site's models anew, and what has changed since. */

import { post } from '../api.js';
import { Dialog } from './dialog.js';
import { attempt } from './toast.js';
import { t } from '../texts.js';
import { html, useState } from '../ui.js';

/** @param {{updated: () => Promise<void>}} props */
export function ModelsUpdate({ updated }) {
  const [busy, setBusy] = useState(false);
  const [changes, setChanges] = useState(null);
  const update = async () => {
    setBusy(true);
    await attempt(async () => {
      setChanges(await post('/api/models/update'));
      await updated();
    });
    setBusy(false);
  };
  return html`
    <button type="button" disabled=${busy} onClick=${update}>${t(busy ? 'models.updating' : 'models.update')}</button>
    ${changes && html`<${Changes} changes=${changes} close=${() => setChanges(null)} />`}
  `;
}

function Changes({ changes, close }) {
  const { count, new: added, gone, renamed } = changes;
  const nothing = !added.length && !gone.length && !renamed.length;
  const names = (title, list) => list.length > 0 && html`<dt>${title}</dt><dd>${list.map((each) => html`<div key=${each} class="break">${each}</div>`)}</dd>`;
  return html`
    <${Dialog} isLight=${true} title=${t('models.updated', { count })} close=${close}>
      ${nothing ? html`<p>${t('models.unchanged')}</p>` : html`<dl class="facts">
        ${names(t('models.new'), added)}${names(t('models.gone'), gone)}${names(t('models.renamed'), renamed.map(({ before, after }) => `${before} → ${after}`))}
      </dl>`}
    <//>
  `;
}
