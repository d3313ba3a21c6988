/** The frame: where one can go, who one is, and the page. On a phone the sidebar is a sheet. */

import { live } from './feed/live.js';
import { number } from './formats.js';
import { PAGES } from './pages.js';
import { Icon } from './parts/icons.js';
import { Badge, Notice, PageHead } from './parts/layout.js';
import { Empty, ErrorNotice } from './parts/states.js';
import { Toast } from './parts/toast.js';
import { address, place } from './router.js';
import { isAdministrator, session, signOut } from './session.js';
import { language, t } from './texts.js';
import { html, useEffect, useErrorBoundary, useRef, useState } from './ui.js';

export function Shell() {
  const [isOpen, setOpen] = useState(false);
  const toggle = useRef(null);
  useEffect(() => setOpen(false), [place.value.path]);
  useEffect(() => {
    if (!isOpen) return undefined;
    const leave = (event) => {
      if (event.key !== 'Escape') return;
      setOpen(false);
      toggle.current.focus();
    };
    document.querySelector('.sidebar a[aria-current], .sidebar nav a')?.focus();
    addEventListener('keydown', leave);
    return () => removeEventListener('keydown', leave);
  }, [isOpen]);
  return html`
    <a class="skip" href="#main">${t('skip')}</a>
    <header class="topbar" inert=${isOpen}>
      <${Brand} />
      <button type="button" class="icon" ref=${toggle} aria-expanded=${String(isOpen)} aria-controls="sidebar" aria-label=${t('menu')} onClick=${() => setOpen(true)}><${Icon} name="menu" /></button>
    </header>
    <button type="button" class="scrim" tabindex="-1" aria-hidden="true" data-open=${isOpen || undefined} onClick=${() => setOpen(false)}></button>
    <${Sidebar} isOpen=${isOpen} />
    <main id="main" tabindex="-1" inert=${isOpen} key=${`${place.value.path} ${language.value}`}>${session.value.wants_new_password && html`<${Notice} tone="warn" title=${t('new_password')} action=${html`<a href=${address('account')}>${t('account.title')}</a>`}>${t('new_password.words')}<//>`}<${Page} /></main>
    <${Toast} />
  `;
}

const Brand = () => html`<a class="brand" href=${address('')}><${Icon} name="bridge" size="22" />Arena Bridge</a>`;

const Sidebar = ({ isOpen }) => html`
  <aside class="sidebar" id="sidebar" data-open=${isOpen || undefined}>
    <${Brand} />
    <nav aria-label=${t('nav')}>
      ${seen().filter((each) => each.isInSidebar !== false).map(({ path }) => html`
        <a key=${path} href=${address(path)} aria-current=${isCurrent(path) ? 'page' : undefined}><span>${t(`nav.${path || 'overview'}`)}</span><${Count} path=${path} /></a>
      `)}
    </nav>
    <footer class="muted">
      <div class="row"><a class="break" href=${address('account')}>${session.value.user.name}</a><button type="button" class="link" onClick=${signOut}>${t('sign_out')}</button></div>
      <div class="row"><span>v${session.value.version}</span><a href="/docs" target="_blank" rel="noopener">API</a><a href="/help" target="_blank" rel="noopener">${t('help')}</a></div>
    </footer>
  </aside>
`;

function Count({ path }) {
  const now = live.value?.now;
  if (!now) return null;
  if (path === 'models' && now.models) return html`<span class="muted number" aria-label=${t('nav.models.count', { count: now.models })}>${number(now.models)}</span>`;
  if (path !== 'workers') return null;
  const tone = now.able ? 'good' : 'warn';
  return html`<span class="number" aria-label=${t('nav.workers.count', { able: now.able, all: now.workers })}><${Badge} tone=${tone}>${now.able}<//></span>`;
}

const seen = () => PAGES.filter((each) => !each.forAdministrators || isAdministrator.value);
const isCurrent = (path) => place.value.path === path || (path === 'workers' && place.value.path === 'connect');

function Page() {
  const [error] = useErrorBoundary();
  if (error) return html`<${PageHead} title=${t('error.page')} /><${ErrorNotice} error=${{ message: String(error.message) }} retry=${() => location.reload()} />`;
  const found = seen().find((each) => each.path === place.value.path);
  if (!found) return html`<${PageHead} title=${t('not_found')} /><${Empty} title=${t('not_found.words')} action=${html`<a class="button" href=${address('')}>${t('nav.overview')}</a>`} />`;
  return html`<${found.page} />`;
}
