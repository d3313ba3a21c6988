/** Which screen is shown: the path below `/dashboard`. Links are plain links; ours are followed without loading anew. */

import { signal } from './ui.js';

export const ROOT = '/dashboard';

const read = () => ({ path: location.pathname.slice(ROOT.length).replace(/^\/+|\/+$/g, ''), query: location.search });

/** @type {{value: {path: string, query: string}}} `path` has no slashes at its ends */
export const place = signal(read());

export const address = (path) => (path ? `${ROOT}/${path}` : ROOT);

export function navigate(path) {
  if (address(path) === location.pathname) return;
  history.pushState(null, '', address(path));
  place.value = read();
  scrollTo(0, 0);
}

/** @param {AbortSignal} aborted */
export function followLinks(aborted) {
  addEventListener('popstate', () => (place.value = read()), { signal: aborted });
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
    if (!link || link.target || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || !`${url.pathname}/`.startsWith(`${ROOT}/`)) return;
    if (url.hash && url.pathname === location.pathname) return; // within the page
    event.preventDefault();
    navigate(url.pathname.slice(ROOT.length).replace(/^\/+/, ''));
  }, { signal: aborted });
}
