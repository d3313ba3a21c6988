/** What is new of the program itself: a release that could be installed, and announcements that nobody has closed yet. */

import { get, post } from '../api.js';
import { t } from '../texts.js';
import { html, useEffect, useState } from '../ui.js';
import { Copy } from './copy.js';
import { Notice } from './layout.js';
import { attempt } from './toast.js';

/** For administrators. What can't be loaded is not missed: it is no part of the work. */
export function Notices() {
  const [told, setTold] = useState({ update: null, announcements: [] });
  useEffect(() => {
    get('/api/notices').then(setTold, () => {});
  }, []);
  const close = async (id) => {
    if (await attempt(() => post(`/api/notices/${id}/seen`))) setTold({ ...told, announcements: told.announcements.filter((each) => each.id !== id) });
  };
  return html`
    ${told.update && html`<${Notice} tone="quiet" title=${t('notices.update', told.update)}>${isCommand(told.update.command) ? html`${t('notices.run')} <${Copy} text=${told.update.command} name=${t('notices.command')} />` : told.update.command}<//>`}
    ${told.announcements.map((each) => html`
      <${Notice} key=${each.id} tone="quiet" title=${each.title} action=${html`<button type="button" onClick=${() => close(each.id)}>${t('close')}</button>`}>
        ${each.lines.map((line, at) => html`<div key=${at}>${line}</div>`)}
      <//>
    `)}
  `;
}

const isCommand = (text) => text.startsWith('arenabridge ');
