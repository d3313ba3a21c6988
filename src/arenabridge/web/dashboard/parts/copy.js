/** A text that people take along. */

import { t } from '../texts.js';
import { html, useState } from '../ui.js';
import { say } from './toast.js';

const SHOWN_MS = 1500;

/** The button alone, for what is shown elsewhere or need not be; `words` is what it says. */
export function CopyButton({ text, name, words = t('copy') }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), SHOWN_MS);
    } catch {
      say(t('copy.failed'));
    }
  };
  return html`<button type="button" onClick=${copy} aria-label=${name && `${words}: ${name}`}>${isCopied ? t('copied') : words}</button>`;
}

export const Copy = ({ text, name, shown = text }) =>
  html`<span class="copy"><span class="mono">${shown}</span><${CopyButton} text=${text} name=${name} /></span>`;
