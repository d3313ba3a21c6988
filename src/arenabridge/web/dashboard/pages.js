/** All pages: the address, the words in the sidebar, and who may see it. Each is loaded when it is first looked at. */

import { html, useEffect, useState } from './ui.js';

/** A component that stands for one that `load` gives, and shows nothing until then; what fails is thrown as it renders. */
function later(load) {
  let Loaded = null;
  return function Later() {
    const [error, fail] = useState(null);
    const [, show] = useState(false);
    useEffect(() => {
      if (Loaded) return;
      load().then((found) => {
        Loaded = found;
        show(true);
      }, fail);
    }, []);
    if (error) throw error;
    return Loaded && html`<${Loaded} />`;
  };
}

/** @type {{path: string, page: any, forAdministrators?: boolean, isInSidebar?: boolean}[]} `nav.<path>` has the words */
export const PAGES = [
  { path: '', page: later(async () => (await import('./pages/overview.js')).Overview) },
  { path: 'workers', page: later(async () => (await import('./pages/workers.js')).Workers) },
  { path: 'direct', page: later(async () => (await import('./pages/direct.js')).Direct) },
  { path: 'requests', page: later(async () => (await import('./pages/requests.js')).Requests) },
  { path: 'models', page: later(async () => (await import('./pages/models.js')).Models) },
  { path: 'playground', page: later(async () => (await import('./pages/playground.js')).Playground) },
  { path: 'tokens', page: later(async () => (await import('./pages/tokens.js')).Tokens) },
  { path: 'analytics', page: later(async () => (await import('./pages/analytics.js')).Analytics) },
  { path: 'files', page: later(async () => (await import('./pages/files.js')).Files) },
  { path: 'users', page: later(async () => (await import('./pages/users.js')).Users), forAdministrators: true },
  { path: 'settings', page: later(async () => (await import('./pages/settings.js')).SettingsPage), forAdministrators: true },
  { path: 'audit', page: later(async () => (await import('./pages/audit.js')).Audit), forAdministrators: true },
  { path: 'connect', page: later(async () => (await import('./pages/connect.js')).Connect), forAdministrators: true, isInSidebar: false },
  { path: 'account', page: later(async () => (await import('./pages/account.js')).Account), isInSidebar: false },
];
