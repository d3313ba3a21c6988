/** Numbers, times and sizes as the reader's language and zone write them. What is not known is a dash. */

import { language } from './texts.js';

export const UNKNOWN = '—';

/** The reader's own kind of the language, if the browser names one. */
const locale = () =>
  navigator.languages.find((each) => each.toLowerCase().startsWith(language.value)) ?? (language.value === 'zh' ? 'zh-CN' : 'en');
const missing = (value) => value === null || value === undefined;

export const number = (value) => (missing(value) ? UNKNOWN : new Intl.NumberFormat(locale()).format(value));

export const compact = (value) =>
  missing(value) ? UNKNOWN : new Intl.NumberFormat(language.value === 'zh' ? 'zh-CN' : 'en-US', { notation: 'compact', maximumFractionDigits: 1 }).format(value);

export const percent = (share) =>
  missing(share) ? UNKNOWN : new Intl.NumberFormat(locale(), { style: 'percent', maximumFractionDigits: 1 }).format(share);

/** @param {number | null | undefined} seconds  @returns {string} in the units' own signs, which need no language */
export function duration(seconds) {
  if (missing(seconds)) return UNKNOWN;
  if (seconds < 0.9995) return `${number(Math.round(seconds * 1000))} ms`;
  if (seconds < 60) return `${number(Math.round(seconds * 10) / 10)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  return `${number(Math.floor(seconds / 3600))} h ${Math.floor((seconds % 3600) / 60)} min`;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** @param {number | null | undefined} bytes  @returns {string} in the units of the settings */
export function size(bytes) {
  if (missing(bytes)) return UNKNOWN;
  const power = bytes < 1024 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${number(Math.round((bytes / 1024 ** power) * 10) / 10)} ${UNITS[power]}`;
}

/** @param {number | null | undefined} unix seconds */
export const moment = (unix) =>
  missing(unix) ? UNKNOWN : new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short' }).format(unix * 1000);

export const day = (unix) =>
  missing(unix) ? UNKNOWN : new Intl.DateTimeFormat(locale(), { dateStyle: 'medium' }).format(unix * 1000);

export const clockTime = (unix) =>
  missing(unix) ? UNKNOWN : new Intl.DateTimeFormat(locale(), { timeStyle: 'medium' }).format(unix * 1000);

/** For the axis of a chart: hours within a day or two, days beyond. */
export function tick(unix, isWide) {
  const style = isWide ? { month: 'short', day: 'numeric' } : { hour: '2-digit', minute: '2-digit' };
  return new Intl.DateTimeFormat(locale(), style).format(unix * 1000);
}

const STEPS = [[60, 'second', 1], [3600, 'minute', 60], [86_400, 'hour', 3600], [Infinity, 'day', 86_400]];

/** How long ago, in words. */
export const ago = (unix, now = Date.now() / 1000) => (missing(unix) ? UNKNOWN : fromNow(Math.min(unix, now), now));

/** How long ago, or how long until then, in words. */
export function fromNow(unix, now = Date.now() / 1000) {
  const seconds = Math.abs(now - unix);
  const [, name, length] = STEPS.find(([below]) => seconds < below);
  const count = Math.floor(seconds / length);
  return new Intl.RelativeTimeFormat(locale(), { numeric: 'auto', style: 'short' }).format(unix > now ? count : -count, name);
}

/** @param {number} unix  @returns {string} for `datetime` */
export const iso = (unix) => new Date(unix * 1000).toISOString();
