/** One thing after the other, each as long as it took, over the whole time. */

import { duration } from '../formats.js';
import { t } from '../texts.js';
import { html } from '../ui.js';

/**
 * @param {{name: string, whole: number, steps: {label: string, words?: string, begin: number, end: number, tone?: string}[]}} props
 *   times in seconds since the beginning
 */
export const Waterfall = ({ name, whole, steps }) => html`
  <div class="waterfall">
    <ol aria-label=${name}>${steps.map((step) => html`
      <li key=${step.label} title=${step.words}>
        <span class="muted">${step.label}</span>
        <span class="track" aria-hidden="true"><span class=${step.tone ?? ''} style=${place(step, whole)}></span></span>
        <span class="number">${duration(step.end - step.begin)}</span>
        <span class="visually-hidden">${t('waterfall.from', { time: duration(step.begin) })}</span>
      </li>`)}</ol>
    <div class="scale muted" aria-hidden="true"><span></span><span class="marks"><span>0</span><span>${duration(whole / 2)}</span><span>${duration(whole)}</span></span><span></span></div>
  </div>
`;

function place({ begin, end }, whole) {
  const share = (seconds) => (whole > 0 ? Math.min(100, (100 * seconds) / whole) : 0);
  return { left: `${share(begin)}%`, width: `${share(end - begin)}%` };
}
