/** A question or a form in front of the page: the browser's own dialog, which keeps the focus and gives it back. */

import { t } from '../texts.js';
import { html, useEffect, useId, useRef } from '../ui.js';
import { Icon } from './icons.js';

export function Dialog({ title, close, children, large = false }) {
  const element = useRef(null);
  const name = useId();
  useEffect(() => {
    element.current.showModal();
  }, []);
  return html`
    <dialog ref=${element} class=${large ? 'large' : ''} aria-labelledby=${name} onClose=${close} onClick=${(event) => event.target === element.current && element.current.close()}>
      <header>
        <h2 id=${name}>${title}</h2>
        <button type="button" class="icon plain" aria-label=${t('close')} onClick=${() => element.current.close()}><${Icon} name="close" /></button>
      </header>
      <div class="body">${children}</div>
    </dialog>
  `;
}

/** @param {{title: string, words: any, action: string, act: () => Promise<void>, close: () => void}} props */
export const Question = ({ title, words, action, act, close }) => html`
  <${Dialog} title=${title} close=${close}>
    <p>${words}</p>
    <footer>
      <button type="button" onClick=${close}>${t('cancel')}</button>
      <button type="button" class="danger" onClick=${act}>${action}</button>
    </footer>
  <//>
`;
