/** A moment: how long ago, with the exact time of the reader's zone on demand. It goes on by itself. */

import { ago, clockTime, fromNow, iso, moment, UNKNOWN } from '../formats.js';
import { html, signal } from '../ui.js';

const now = signal(Date.now() / 1000);
setInterval(() => (now.value = Date.now() / 1000), 10_000);

export const Ago = ({ at }) =>
  at === null || at === undefined ? UNKNOWN : html`<time datetime=${iso(at)} title=${moment(at)}>${ago(at, Math.max(now.value, Date.now() / 1000))}</time>`;

/** A moment that may still come, likewise. */
export const FromNow = ({ at }) => html`<time datetime=${iso(at)} title=${moment(at)}>${fromNow(at, Math.max(now.value, Date.now() / 1000))}</time>`;

export const Moment = ({ at }) => (at === null || at === undefined ? UNKNOWN : html`<time datetime=${iso(at)}>${moment(at)}</time>`);

export const ClockTime = ({ at }) => html`<time datetime=${iso(at)} title=${moment(at)}>${clockTime(at)}</time>`;
