/** Figures over time, with axes and the values under the pointer; the same as a table for whoever wants or needs it. */

import uPlot from '../../vendor/uplot.mjs';
import { moment, number, tick, UNKNOWN } from '../formats.js';
import { language, t } from '../texts.js';
import { html, signal, useEffect, useRef } from '../ui.js';

const HEIGHT = 190;
const TALL = 335;
const WIDE_SECONDS = 2.5 * 86_400;
/** Distances between marks: of what is counted, and of bytes. */
export const COUNTS = [1, 2, 5].flatMap((each) => Array.from({ length: 13 }, (_, power) => each * 10 ** power)).sort((a, b) => a - b);

export const BYTES = Array.from({ length: 45 }, (_, power) => 2 ** power);

/** Changes with the browser's wish for light or dark, so that charts are drawn in its colours. */
const scheme = signal(0);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => (scheme.value += 1));

/**
 * @typedef {{label: string, values: (number | null)[], tone: string, fill?: string, dash?: number[]}} Line
 *   `tone` and `fill` are names of colours of `tokens.css`
 * @param {{name: string, at: number[], lines: Line[], format?: (value: number) => string, stacked?: boolean, marks?: number[] | null, isTall?: boolean}} props
 *   `at` are the beginnings of the steps; stacked bars stand on each other, the last at the bottom; `marks` are the distances there may
 *   be between the axis's marks, null for any
 */
export function Chart({ name, at, lines, format = number, stacked = false, marks = COUNTS, isTall = false }) {
  const element = useRef(null);
  const plot = useRef(null);
  const shown = useRef(null);
  const height = isTall && matchMedia('(min-width: 56rem)').matches ? TALL : HEIGHT;
  shown.current = { at, lines, format, stacked, marks, height };
  useEffect(() => {
    const box = element.current; // the observer may be told once more when the page is gone
    plot.current = new uPlot(options(box, shown), columns(shown.current), box);
    const resized = new ResizeObserver(() => box.isConnected && plot.current.setSize({ width: box.clientWidth, height: shown.current.height }));
    resized.observe(box);
    return () => {
      resized.disconnect();
      plot.current.destroy();
    };
  }, [language.value, scheme.value, document.documentElement.dataset.theme]);
  useEffect(() => plot.current.setData(columns(shown.current)), [JSON.stringify([at, lines.map((line) => line.values)])]);
  return html`
    <div class="chart" ref=${element} role="img" aria-label=${name}></div>
    <details class="small"><summary>${t('chart.as_table')}</summary><${Table} at=${at} lines=${lines} format=${format} /></details>
  `;
}

const Table = ({ at, lines, format }) => html`
  <div class="scroll tall" tabindex="0" role="region" aria-label=${t('chart.as_table')}><table>
    <thead><tr><th>${t('time')}</th>${lines.map((line) => html`<th key=${line.label} class="number">${line.label}</th>`)}</tr></thead>
    <tbody>${at.map((each, index) => html`<tr key=${each}><td>${moment(each)}</td>${lines.map((line) => html`<td key=${line.label} class="number">${format(line.values[index])}</td>`)}</tr>`)}</tbody>
  </table></div>
`;

export const RequestsChart = ({ series }) => html`
  <${Chart} name=${t('chart.requests')} isTall=${true} at=${series.map((each) => each.at)} lines=${[
    { label: t('requests'), values: series.map((each) => each.requests), tone: '--accent', fill: '--accent-soft' },
    { label: t('failed'), values: series.map((each) => each.failed), tone: '--bad', dash: [5, 3] },
  ]} />
`;

const columns = ({ at, lines, stacked }) => [at, ...(stacked ? heaps(lines) : lines.map((line) => line.values))];

/** Each line's values on top of those below it. */
function heaps(lines) {
  const below = lines[0].values.map(() => 0);
  return lines.map((line) => line.values).reverse().map((values) => values.map((value, index) => (below[index] += value ?? 0))).reverse();
}

/** @param {{current: object}} shown what the chart shows at any time: colours and labels alone are those of its making */
function options(element, shown) {
  const { lines, stacked, marks } = shown.current;
  const style = getComputedStyle(element);
  const colour = (name) => style.getPropertyValue(name).trim();
  const axis = { stroke: colour('--muted'), grid: { stroke: colour('--border'), width: 1 }, ticks: { show: false }, font: `12px ${style.fontFamily}` };
  const value = (line) => (_plot, _value, _series, index) => shown.current.format(index === null ? null : shown.current.lines[line].values[index]);
  return {
    width: element.clientWidth,
    height: shown.current.height,
    legend: { live: true },
    cursor: { drag: { x: false, y: false }, points: { show: !stacked } },
    scales: { x: { range: (_, low, high) => edges(low, high, shown.current) }, y: { range: (_, _low, high) => [0, high > 0 ? high * 1.08 : 1] } },
    axes: [
      { ...axis, space: 70, size: 30, values: (plot, ticks) => ticks.map((each) => tick(each, plot.scales.x.max - plot.scales.x.min > WIDE_SECONDS)) },
      { ...axis, size: (_, marks) => 16 + 7 * Math.max(1, ...(marks ?? []).map((each) => each.length)), values: (_, ticks) => ticks.map(shown.current.format), ...(marks ? { incrs: marks } : {}) },
    ],
    series: [
      { label: t('time'), value: (_, each) => (each === null ? UNKNOWN : moment(each)) },
      ...lines.map((line, index) => ({
        label: line.label,
        stroke: colour(line.tone),
        fill: stacked ? colour(line.tone) : line.fill && colour(line.fill),
        width: stacked ? 0 : 2,
        dash: line.dash,
        paths: stacked ? uPlot.paths.bars({ size: [0.7, 40], align: 1 }) : undefined,
        points: stacked || line.fill ? { show: false } : { size: 5 },
        spanGaps: true,
        value: value(index),
      })),
    ],
  };
}

/** A step has its length after the last beginning too. */
function edges(low, high, { at, stacked }) {
  const step = at.length > 1 ? at.at(-1) - at.at(-2) : 3600;
  return stacked || low === high ? [low, high + step] : [low, high];
}
