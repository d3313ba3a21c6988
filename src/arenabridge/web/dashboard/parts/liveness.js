/** Whether what is shown is what is, in a word. */

import { connection } from '../feed/connection.js';
import { t } from '../texts.js';
import { html } from '../ui.js';
import { Badge } from './layout.js';

const TONES = { live: 'good', lost: 'warn', connecting: '' };

export const Liveness = () =>
  html`<span role="status"><${Badge} tone=${TONES[connection.value]} live=${connection.value === 'live'}>${t(`connection.${connection.value}`)}<//></span>`;
