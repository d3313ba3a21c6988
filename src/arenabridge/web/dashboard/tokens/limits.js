/** The fields of limits: of a key, or of all that a person has. */

import { t } from '../texts.js';
import { html } from '../ui.js';
import { COUNTS, LISTS } from './fields.js';

/** @param {{limits: object, lists?: string[]}} props `lists` are those of patterns that there are */
export const LimitFields = ({ limits, lists = LISTS }) => html`
  <div class="form">
    <div class="pair">${COUNTS.map((name) => html`
      <label key=${name} class="field"><span>${t(`limit.${name}`)}</span>
        <input name=${name} type="number" min="1" max="2147483647" placeholder=${t('tokens.no_limit')} defaultValue=${limits[name] ?? ''} />
      </label>`)}</div>
    ${lists.length > 0 && html`<div class="pair">${lists.map((name) => html`
      <label key=${name} class="field"><span>${t(`limit.${name}`)}</span>
        <textarea name=${name} rows="2" spellcheck="false" placeholder=${t(`limit.${name}.hint`)} defaultValue=${(limits[name] ?? []).join('\n')}></textarea>
      </label>`)}</div>`}
  </div>
`;
