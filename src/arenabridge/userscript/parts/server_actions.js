/**
 * The ids of the site's server actions. They change with each deployment of the site and stand, beside the actions'
 * names, in the scripts of its pages; only what is named here is ever called.
 *
 * @typedef {{id: string, deployment: string | null}} ServerAction
 * @typedef {Map<string, ServerAction>} ServerActions  by name
 * @typedef {ReturnType<typeof createServerActions>} ActionFinder
 */

const PERMITTED_ACTIONS = ['generateUploadUrl', 'getSignedUrl'];
/** `(0,r.createServerReference)("<hex>",r.callServer,void 0,r.findSourceMapURL,"name")` and its kin. */
const ACTION_REFERENCE =
  /createServerReference\s*\)?\s*\(\s*["'`]([0-9a-f]{40,64})["'`]\s*,(?:[^"'`]{0,300},)?\s*["'`](\w+)["'`]/gi;
/** Scripts by their addresses, as elements and as the rows of the page's data name them. */
const NAMED_SCRIPTS = /(?:\/_next\/)?static\/[\w\-./~%()[\]@]+?\.js(?:\?[\w\-.=%]*)?/g;
const SCRIPT_FOLDER = '/_next/static/';
/** A page of the site has some 100. */
const SCRIPTS_LIMIT = 400;
const SCRIPTS_AT_ONCE = 8;
/** A caller that finds nothing asks again at once, and the site should not pay for that. */
const ANEW_EVERY_MS = 5_000;

function createServerActions() {
  /** @type {Promise<ServerActions> | null} */
  let known = null;
  let soughtAnew = -ANEW_EVERY_MS;

  return {
    /** @returns {Promise<ServerActions>} as found when somebody asked first */
    known: () => (known ??= findActions(scriptsOfPage(), 'force-cache')),
    /** @param {ServerActions} stale  what proved wrong  @returns {Promise<ServerActions>} as the site has them now */
    async anew(stale) {
      if ((await known) !== stale || performance.now() - soughtAnew < ANEW_EVERY_MS) return known;
      soughtAnew = performance.now();
      known = findActionsAnew();
      return known;
    },
  };
}

/** The page may be of an older deployment than the site: its address is read again, for the scripts it names now. */
async function findActionsAnew() {
  const html = await readOwn(new URL(ownPath(), location.origin), 'no-store');
  return findActions([...scriptsNamedIn(html), ...scriptsOfPage()], 'reload');
}

/** @param {URL[]} scripts  @param {RequestCache} cache  @returns {Promise<ServerActions>} */
async function findActions(scripts, cache) {
  const wanted = [...new Map(scripts.map((url) => [url.href, url])).values()].slice(0, SCRIPTS_LIMIT);
  const found = new Map();
  while (wanted.length && found.size < PERMITTED_ACTIONS.length) {
    const batch = wanted.splice(0, SCRIPTS_AT_ONCE);
    const sources = await Promise.all(batch.map((url) => readOwn(url, cache)));
    sources.forEach((source, at) => noteActions(found, source, batch[at]));
  }
  return found;
}

function noteActions(found, source, url) {
  for (const [, id, name] of source.matchAll(ACTION_REFERENCE)) {
    if (!PERMITTED_ACTIONS.includes(name) || found.has(name)) continue;
    found.set(name, { id, deployment: url.searchParams.get('dpl') });
  }
}

function scriptsOfPage() {
  const elements = document.querySelectorAll('script[src], link[as=script][href]');
  const named = Array.from(elements, ({ src, href }) => src || href);
  const loaded = performance.getEntriesByType('resource').map(({ name }) => name);
  const below = loaded.filter((name) => name.includes(SCRIPT_FOLDER));
  return [...[...named, ...below].flatMap(ownScript), ...scriptsNamedIn(inlineScripts())];
}

function scriptsNamedIn(text) {
  const paths = Array.from(text.matchAll(NAMED_SCRIPTS), ([path]) => path);
  return paths.flatMap((path) => ownScript(path.startsWith('/') ? path : `/_next/${path}`));
}

/** @returns {URL[]} one, or none if it is not the site's own */
function ownScript(address) {
  try {
    const url = new URL(address, location.origin);
    const own = url.origin === location.origin && url.pathname.endsWith('.js');
    return own && permittedUrl('GET', url.pathname + url.search) ? [url] : [];
  } catch {
    return [];
  }
}

/** @param {URL} url  @param {RequestCache} cache  @returns {Promise<string>} empty if it can't be read */
async function readOwn(url, cache) {
  try {
    const response = await native.fetch(url, { cache });
    return response.ok ? await response.text() : '';
  } catch {
    return '';
  }
}

/** @returns {string} where the page is, if that is one of the site's pages */
function ownPath() {
  const path = location.pathname + location.search;
  return permittedUrl('GET', path) ? path : '/';
}
