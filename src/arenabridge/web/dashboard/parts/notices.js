/** What is new of the program itself, announcements that nobody has closed yet, and what can't work as it is set. */

import { get, post } from '../api.js';
import { address } from '../router.js';
import { t } from '../texts.js';
import { html, useEffect, useState } from '../ui.js';
import { Copy } from './copy.js';
import { Notice } from './layout.js';
import { attempt } from './toast.js';

/** For administrators. What can't be loaded is not missed: it is no part of the work. */
export function Notices() {
  const [told, setTold] = useState({ update: null, announcements: [], files_out_of_reach: null });
  useEffect(() => {
    get('/api/notices').then(setTold, () => {});
  }, []);
  const close = async (id) => {
    if (await attempt(() => post(`/api/notices/${id}/seen`))) setTold({ ...told, announcements: told.announcements.filter((each) => each.id !== id) });
  };
  const settings = html`<a class="button" href=${address('settings')}>${t('nav.settings')}</a>`;
  return html`
    ${told.files_out_of_reach && html`
      <${Notice} title=${t('notices.files_out_of_reach')} action=${settings}>
        ${t('notices.files_out_of_reach.words', { address: told.files_out_of_reach })}
      <//>`}
    ${told.update && html`<${Notice} tone="quiet" title=${t('notices.update', told.update)}>${isCommand(told.update.command) ? html`${t('notices.run')} <${Copy} text=${told.update.command} name=${t('notices.command')} />` : told.update.command}<//>`}
    ${told.announcements.map((each) => html`
      <${Notice} key=${each.id} tone="quiet" title=${each.title} action=${html`<button type="button" onClick=${() => close(each.id)}>${t('close')}</button>`}>
        ${each.lines.map((line, at) => html`<div key=${at}>${line}</div>`)}
      <//>
    `)}
  `;
}

const isCommand = (text) => text.startsWith('arenabridge ');
