/** Numbers, times and sizes as the reader's language and zone write them. What is not known is a dash. */

import { language } from './texts.js';

export const UNKNOWN = '—';

const locale = () => (language.value === 'zh' ? 'zh-CN' : 'en');
const missing = (value) => value === null || value === undefined;

export const number = (value) => (missing(value) ? UNKNOWN : new Intl.NumberFormat(locale()).format(value));

export const compact = (value) =>
  missing(value) ? UNKNOWN : new Intl.NumberFormat(locale(), { notation: 'compact', maximumFractionDigits: 1 }).format(value);

export const percent = (share) =>
  missing(share) ? UNKNOWN : new Intl.NumberFormat(locale(), { style: 'percent', maximumFractionDigits: 1 }).format(share);

/** @param {number | null | undefined} seconds */
export function duration(seconds) {
  if (missing(seconds)) return UNKNOWN;
  if (seconds < 0.9995) return unit(Math.round(seconds * 1000), 'millisecond');
  if (seconds < 60) return unit(seconds, 'second', 1);
  if (seconds < 3600) return `${unit(Math.floor(seconds / 60), 'minute')} ${unit(Math.floor(seconds % 60), 'second')}`;
  return `${unit(Math.floor(seconds / 3600), 'hour')} ${unit(Math.floor((seconds % 3600) / 60), 'minute')}`;
}

function unit(value, name, digits = 0) {
  const style = { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: digits };
  return new Intl.NumberFormat(locale(), style).format(value);
}

/** @param {number | null | undefined} unix seconds */
export const moment = (unix) =>
  missing(unix) ? UNKNOWN : new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short' }).format(unix * 1000);

export const day = (unix) =>
  missing(unix) ? UNKNOWN : new Intl.DateTimeFormat(locale(), { dateStyle: 'medium' }).format(unix * 1000);

export const clockTime = (unix) =>
  missing(unix) ? UNKNOWN : new Intl.DateTimeFormat(locale(), { timeStyle: 'medium' }).format(unix * 1000);

const STEPS = [[60, 'second', 1], [3600, 'minute', 60], [86_400, 'hour', 3600], [Infinity, 'day', 86_400]];

/** How long ago, in words. */
export function ago(unix, now = Date.now() / 1000) {
  if (missing(unix)) return UNKNOWN;
  const seconds = Math.max(0, now - unix);
  const [, name, length] = STEPS.find(([below]) => seconds < below);
  return new Intl.RelativeTimeFormat(locale(), { numeric: 'auto', style: 'short' }).format(-Math.floor(seconds / length), name);
}

/** @param {number} unix  @returns {string} for `datetime` */
export const iso = (unix) => new Date(unix * 1000).toISOString();
