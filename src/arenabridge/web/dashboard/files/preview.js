/** One picture, as large as there is room; the arrow keys go to the next. */

import { size } from '../formats.js';
import { CopyButton } from '../parts/copy.js';
import { Dialog } from '../parts/dialog.js';
import { Moment } from '../parts/time.js';
import { t } from '../texts.js';
import { html, useEffect } from '../ui.js';
import { shareName } from './words.js';

/** @param {{file: object, pictures: object[], look: (file: object) => void, close: () => void}} props */
export function Preview({ file, pictures, look, close }) {
  const beside = (step) => pictures[pictures.findIndex((each) => each.id === file.id) + step];
  useEffect(() => {
    const turn = ({ key }) => {
      const other = { ArrowLeft: beside(-1), ArrowRight: beside(1) }[key];
      if (other) look(other);
    };
    addEventListener('keydown', turn);
    return () => removeEventListener('keydown', turn);
  });
  const step = (by, words) => html`<button type="button" disabled=${!beside(by)} onClick=${() => look(beside(by))}>${t(words)}</button>`;
  return html`
    <${Dialog} large=${true} isLight=${true} title=${file.name} close=${close}>
      <a class="preview" href=${file.path} target="_blank" rel="noopener"><img key=${file.id} src=${file.path} alt=${t('picture')} /></a>
      <p class="muted small">${size(file.size)} · ${shareName(file)} · <${Moment} at=${file.created_at} /></p>
      <footer class="spread">
        <span class="actions">${step(-1, 'files.previous')}${step(1, 'files.next')}</span>
        <${CopyButton} text=${file.address} words=${t('files.copy')} name=${file.name} />
      </footer>
    <//>
  `;
}
