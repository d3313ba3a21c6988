/**
 * The page's own requests, seen and not touched. The page's `fetch` is wrapped before the page's scripts run; while a
 * job uses the page, the answers to those requests that make the site answer are read a second time, from a copy.
 *
 * @typedef {object} Exchange
 * @property {Promise<string>} body        the request's; empty if it can't be read without taking it from the page
 * @property {Promise<Response>} response  a copy; fails as the page's does
 */

/**
 * @param {AbortSignal} signal
 * @returns {{watch: (paths: string[], noted: (exchange: Exchange) => void) => () => void,
 *   look: (path: string | null, seen?: (found: RegExpMatchArray) => void) => void}} `watch` begins to tell of requests
 *   whose path matches one of these expressions, and returns what ends it; `look` tells of the paths alone, until it is
 *   told another expression or none
 */
function observePage(signal) {
  const page = typeof unsafeWindow === 'undefined' ? window : unsafeWindow;
  const unwrapped = page.fetch;
  /** @type {{paths: RegExp[], noted: (exchange: Exchange) => void} | null} */
  let watching = null;
  /** @type {{path: RegExp, seen: (found: RegExpMatchArray) => void} | null} */
  let looking = null;

  const wrapped = new Proxy(unwrapped, {
    apply(fetch, self, given) {
      const found = looking && pathOfOwn(given[0]).match(looking.path);
      if (found) looking.seen(found);
      const body = watching && isWatched(given[0], watching.paths) ? requestBody(given) : null;
      const answer = Reflect.apply(fetch, self, given);
      if (body) tell(body, answer);
      return answer;
    },
  });

  function tell(body, answer) {
    const response = answer.then((original) => original.clone());
    response.catch(() => {}); // told to the one who reads it
    watching?.noted({ body, response });
  }

  // Where the browser keeps script and page apart by such means, the page could not even call what we put there.
  if (typeof exportFunction === 'undefined') page.fetch = wrapped;
  signal.addEventListener('abort', () => {
    watching = looking = null;
    if (page.fetch === wrapped) page.fetch = unwrapped;
  });

  return {
    watch(paths, noted) {
      watching = { paths: paths.map((path) => new RegExp(path)), noted };
      return () => (watching = null);
    },
    look(path, seen) {
      looking = path ? { path: new RegExp(path), seen } : null;
    },
  };
}

/** @param {RequestInfo | URL} target  @param {RegExp[]} paths */
function isWatched(target, paths) {
  const own = pathOfOwn(target);
  return paths.some((path) => path.test(own));
}

/** @param {RequestInfo | URL} target  @returns {string} empty for other origins */
function pathOfOwn(target) {
  try {
    const url = new URL(target?.url ?? target, document.baseURI);
    return url.origin === location.origin ? url.pathname : '';
  } catch {
    return ''; // the page's own mistake: the browser will tell it
  }
}

/**
 * @param {[RequestInfo | URL, RequestInit?]} given  what the page passed to `fetch`
 * @returns {Promise<string>}
 */
async function requestBody([target, options]) {
  try {
    const body = options?.body ?? null;
    if (body === null) return target?.body && !target.bodyUsed ? await target.clone().text() : '';
    if (typeof body === 'string') return body;
    return body instanceof ReadableStream ? '' : await new Response(body).text();
  } catch {
    return '';
  }
}
