/** Work that a press begins: one at a time, so that the second press of a double click is no second wish. */

import { html, useRef, useState } from '../ui.js';
import { attempt } from './toast.js';

/**
 * @returns {{isBusy: boolean, begin: (work: () => Promise<any>) => Promise<any>}}
 *   `begin` does nothing while something is under way, and rejects as the work does
 */
export function useWork() {
  const underWay = useRef(false); // at once: what is shown changes only with the next frame
  const [isBusy, setBusy] = useState(false);
  const begin = async (work) => {
    if (underWay.current) return undefined;
    underWay.current = true;
    setBusy(true);
    try {
      return await work();
    } finally {
      underWay.current = false;
      setBusy(false);
    }
  };
  return { isBusy, begin };
}

/** A button that rests until what it began is done; what goes wrong is said. All else is as a button has it. */
export function WorkButton({ act, disabled = false, children, ...rest }) {
  const { isBusy, begin } = useWork();
  return html`<button type="button" ...${rest} disabled=${disabled || isBusy} onClick=${() => begin(() => attempt(act))}>${children}</button>`;
}
