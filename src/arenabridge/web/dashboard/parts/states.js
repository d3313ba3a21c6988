/** Nothing there, not there yet, and what went wrong. */

import { known, t } from '../texts.js';
import { html } from '../ui.js';

export const Empty = ({ title, children, action }) => html`
  <div class="empty"><strong>${title}</strong>${children && html`<p>${children}</p>`}${action}</div>
`;

export const Loading = () => html`<div class="loading" role="status" aria-label=${t('loading')}><i></i><i></i><i></i></div>`;

export const ErrorNotice = ({ error, retry }) => html`
  <div class="notice bad" role="alert">
    <div><strong>${errorTitle(error)}</strong> ${errorWords(error)}${error.help && html` <a href=${error.help} target="_blank" rel="noopener">${t('error.help')}</a>`}</div>
    ${retry && html`<button type="button" onClick=${retry}>${t('try_again')}</button>`}
  </div>
`;

export const errorWords = (error) => (error.status === 0 ? t('error.unreachable') : error.message);
const errorTitle = (error) => known(`error.${error.code}.title`, t('error.title'));

/** What was loaded, or what stands for it. Something that was there stays, with the failure above it. */
export function Loaded({ from, children }) {
  if (from.value === undefined) return from.error ? html`<${ErrorNotice} error=${from.error} retry=${from.reload} />` : html`<${Loading} />`;
  return html`${from.error && html`<${ErrorNotice} error=${from.error} retry=${from.reload} />`}${children(from.value)}`;
}
