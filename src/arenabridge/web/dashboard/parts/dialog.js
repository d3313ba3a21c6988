/** A question or a form in front of the page: the browser's own dialog, which keeps the focus and gives it back. */

import { t } from '../texts.js';
import { html, useEffect, useId, useRef } from '../ui.js';
import { Icon } from './icons.js';
import { WorkButton } from './work.js';

/**
 * @param {{title: string, close: () => void, children: any, large?: boolean, isLight?: boolean, isFirm?: boolean}} props
 *   light: nothing is lost with it, so a press beside it closes it; firm: not even Escape does, only its buttons do
 */
export function Dialog({ title, close, children, large = false, isLight = false, isFirm = false }) {
  const element = useRef(null);
  const name = useId();
  useEffect(() => {
    element.current.showModal();
  }, []);
  const beside = useBeside(element, isLight);
  const stay = (event) => isFirm && event.target === element.current && event.preventDefault();
  const hold = (event) => isFirm && event.key === 'Escape' && event.preventDefault(); // the second in a row asks nobody
  return html`
    <dialog ref=${element} class=${large ? 'large' : ''} aria-labelledby=${name} onClose=${close} onCancel=${stay} onKeyDown=${hold} ...${beside}>
      <header>
        <h2 id=${name}>${title}</h2>
        <button type="button" class="icon plain" aria-label=${t('close')} onClick=${() => element.current.close()}><${Icon} name="close" /></button>
      </header>
      <div class="body">${children}</div>
    </dialog>
  `;
}

/** Closes by a press that began beside the dialog, too: one that marked text and was let go there says nothing. */
function useBeside(element, isLight) {
  const began = useRef(false);
  if (!isLight) return {};
  return {
    onPointerDown: (event) => (began.current = event.target === element.current),
    onClick: (event) => began.current && event.target === element.current && element.current.close(),
  };
}

/** @param {{title: string, words: any, action: string, act: () => Promise<void>, close: () => void, children?: any}} props */
export const Question = ({ title, words, action, act, close, children }) => html`
  <${Dialog} title=${title} close=${close} isLight=${true}>
    <p>${words}</p>
    ${children}
    <footer>
      <button type="button" onClick=${close}>${t('cancel')}</button>
      <${WorkButton} class="danger" act=${act}>${action}<//>
    </footer>
  <//>
`;
