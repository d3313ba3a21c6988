/** Fields that several forms of the page have. */

import { t } from '../texts.js';
import { html } from '../ui.js';

export const Role = ({ value = 'user' }) => html`
  <label class="field"><span>${t('users.role')}</span>
    <select name="role">${['user', 'admin'].map((each) => html`
      <option key=${each} value=${each} selected=${each === value}>${t(`role.${each}`)}</option>`)}</select>
  </label>
`;
