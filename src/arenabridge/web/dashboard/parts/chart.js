/** Requests over time, those that failed in red; the same as a table for whoever wants or needs it. */

import uPlot from '../../vendor/uplot.mjs';
import { moment, number, tick, UNKNOWN } from '../formats.js';
import { language, t } from '../texts.js';
import { html, useEffect, useRef } from '../ui.js';

const HEIGHT = 170;
const WIDE_SECONDS = 2.5 * 86_400;

export function RequestsChart({ series }) {
  const element = useRef(null);
  useEffect(() => {
    const plot = new uPlot(options(element.current), columns(series), element.current);
    const resized = new ResizeObserver(() => plot.setSize({ width: element.current.clientWidth, height: HEIGHT }));
    resized.observe(element.current);
    return () => {
      resized.disconnect();
      plot.destroy();
    };
  }, [series, language.value, document.documentElement.dataset.theme]);
  return html`
    <div class="chart" ref=${element} role="img" aria-label=${t('chart.requests')}></div>
    <details class="small"><summary>${t('chart.as_table')}</summary>
      <div class="scroll"><table><thead><tr><th>${t('time')}</th><th class="number">${t('requests')}</th><th class="number">${t('failed')}</th></tr></thead>
        <tbody>${series.map((each) => html`<tr key=${each.at}><td>${moment(each.at)}</td><td class="number">${number(each.requests)}</td><td class="number">${number(each.failed)}</td></tr>`)}</tbody></table></div>
    </details>
  `;
}

const columns = (series) => [series.map((each) => each.at), series.map((each) => each.requests), series.map((each) => each.failed)];

function options(element) {
  const style = getComputedStyle(element);
  const colour = (name) => style.getPropertyValue(name).trim();
  const axis = { stroke: colour('--muted'), grid: { stroke: colour('--border'), width: 1 }, ticks: { show: false }, font: '12px system-ui' };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { live: true },
    cursor: { drag: { x: false, y: false } },
    scales: { y: { range: (_, low, high) => [0, Math.max(1, high)] } },
    axes: [{ ...axis, space: 70, values: (plot, ticks) => ticks.map((each) => tick(each, plot.scales.x.max - plot.scales.x.min > WIDE_SECONDS)) }, { ...axis, size: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000] }],
    series: [
      { label: t('time'), value: (_, at) => (at === null ? UNKNOWN : moment(at)) },
      { label: t('requests'), stroke: colour('--accent'), fill: colour('--accent-soft'), width: 2, points: { show: false } },
      { label: t('failed'), stroke: colour('--bad'), width: 1.5, points: { show: false } },
    ],
  };
}
