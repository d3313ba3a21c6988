/** What pages are laid out with: head, card, figure, notice, badge, choice of one of a few. */

import { t } from '../texts.js';
import { html, useEffect, useRef } from '../ui.js';

/** The title of the page takes the focus when a link has led there, so that it is read out and the keyboard goes on. */
export function PageHead({ title, about, children }) {
  const heading = useRef(null);
  useEffect(() => {
    document.title = `${title} · Arena Bridge`;
  }, [title]);
  useEffect(() => {
    if (document.body.dataset.ready) heading.current.focus({ preventScroll: true });
    document.body.dataset.ready = 'true';
  }, []);
  return html`
    <div class="page-head">
      <div><h1 ref=${heading} tabindex="-1">${title}</h1>${about && html`<div class="about muted">${about}</div>`}</div>
      ${children && html`<div class="actions">${children}</div>`}
    </div>
  `;
}

export const Card = ({ title, aside, children, class: more = '' }) => html`
  <section class="card ${more}" aria-label=${title}>
    ${title && html`<header><h2>${title}</h2>${aside}</header>`}
    ${children}
  </section>
`;

export const Stat = ({ title, value, about }) => html`
  <div class="card stat" role="group" aria-label=${title}>
    <div class="muted">${title}</div>
    <div class="value number">${value}</div>
    <div class="delta muted">${about}</div>
  </div>
`;

export const Notice = ({ tone = '', title, children, action }) => html`
  <div class="notice ${tone}" role="status">
    <div><strong>${title}</strong> ${children}</div>
    ${action}
  </div>
`;

export const Badge = ({ tone = '', dot = true, live = false, children }) =>
  html`<span class="badge ${tone} ${dot ? 'dot' : ''} ${live ? 'live' : ''}">${children}</span>`;

/** @param {{name: string, options: [string, string][], value: string, choose: (value: string) => void}} props */
export const Segments = ({ name, options, value, choose }) => html`
  <div class="segments" role="group" aria-label=${name}>
    ${options.map(([each, words]) => html`<button key=${each} type="button" aria-pressed=${String(each === value)} onClick=${() => choose(each)}>${words}</button>`)}
  </div>
`;

export const Slots = ({ busy, all }) => html`
  <span class="slots" role="img" aria-label=${t('slots.busy', { busy, all })} title=${t('slots.busy', { busy, all })}>
    ${Array.from({ length: Math.min(all, 32) }, (_, index) => html`<i key=${index} class=${index < busy ? 'busy' : ''}></i>`)}
  </span>
`;

/** @param {{share: number}} props from 0 to 1 */
export const Bar = ({ share }) => html`<div class="bar" aria-hidden="true"><span style=${{ width: `${Math.round(share * 100)}%` }}></span></div>`;
