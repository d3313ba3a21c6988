/** Which screen is shown: the path below `/dashboard`. Links are plain links; ours are followed without loading anew. */

import { signal } from './ui.js';

export const ROOT = '/dashboard';

const read = () => ({ path: location.pathname.slice(ROOT.length).replace(/^\/+|\/+$/g, ''), query: location.search });

/** @type {{value: {path: string, query: string}}} `path` has no slashes at its ends */
export const place = signal(read());

export const address = (path) => (path ? `${ROOT}/${path}` : ROOT);

/** @param {string} query with its question mark, or empty */
export function navigate(path, query = '') {
  const isElsewhere = address(path) !== location.pathname;
  if (!isElsewhere && query === location.search) return;
  history.pushState(null, '', address(path) + query);
  place.value = read();
  if (isElsewhere) scrollTo(0, 0);
}

/** What the address asks the page for; empty if nothing. */
export const wish = (name) => new URLSearchParams(place.value.query).get(name) ?? '';

/** The query with these wishes changed; those that are empty go. */
export function queryWith(changes, query = place.value.query) {
  const wishes = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value) wishes.set(name, value);
    else wishes.delete(name);
  }
  return wishes.size ? `?${wishes}` : '';
}

/** Ask this page for something else, in the address too, without another step to go back. */
export function ask(changes) {
  history.replaceState(null, '', location.pathname + queryWith(changes, location.search));
  place.value = read();
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
    navigate(url.pathname.slice(ROOT.length).replace(/^\/+/, ''), url.search);
  }, { signal: aborted });
}
