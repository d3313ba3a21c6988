/** All pages: the address, the words in the sidebar, and who may see it. */

import { Account } from './pages/account.js';
import { Analytics } from './pages/analytics.js';
import { Audit } from './pages/audit.js';
import { Connect } from './pages/connect.js';
import { Direct } from './pages/direct.js';
import { Files } from './pages/files.js';
import { Models } from './pages/models.js';
import { Overview } from './pages/overview.js';
import { Playground } from './pages/playground.js';
import { Requests } from './pages/requests.js';
import { SettingsPage } from './pages/settings.js';
import { Tokens } from './pages/tokens.js';
import { Users } from './pages/users.js';
import { Workers } from './pages/workers.js';

/** @type {{path: string, page: any, forAdministrators?: boolean, isInSidebar?: boolean}[]} `nav.<path>` has the words */
export const PAGES = [
  { path: '', page: Overview },
  { path: 'workers', page: Workers },
  { path: 'direct', page: Direct },
  { path: 'requests', page: Requests },
  { path: 'models', page: Models },
  { path: 'playground', page: Playground },
  { path: 'tokens', page: Tokens },
  { path: 'analytics', page: Analytics },
  { path: 'files', page: Files },
  { path: 'users', page: Users, forAdministrators: true },
  { path: 'settings', page: SettingsPage, forAdministrators: true },
  { path: 'audit', page: Audit, forAdministrators: true },
  { path: 'connect', page: Connect, forAdministrators: true, isInSidebar: false },
  { path: 'account', page: Account, isInSidebar: false },
];
