/** A text that people take along. */

import { t } from '../texts.js';
import { html, useState } from '../ui.js';
import { say } from './toast.js';

const SHOWN_MS = 1500;

export function Copy({ text, name, shown = text }) {
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
  return html`<span class="copy"><span class="mono">${shown}</span><button type="button" onClick=${copy} aria-label=${`${t('copy')}: ${name}`}>${isCopied ? t('copied') : t('copy')}</button></span>`;
}
