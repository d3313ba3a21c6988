/** What a model is told before everything else, in all conversations. */

import { t } from '../texts.js';
import { html, useState } from '../ui.js';

/** @param {{words: {value: string}}} props */
export function System({ words }) {
  const [isOpen] = useState(Boolean(words.value)); // from then on it is the reader's to open and close
  return html`
    <details class="system" open=${isOpen}>
      <summary>${t('playground.system')}</summary>
      <textarea rows="2" aria-label=${t('playground.system')} placeholder=${t('playground.system.hint')} value=${words.value}
        onInput=${(event) => (words.value = event.target.value)}></textarea>
    </details>
  `;
}
