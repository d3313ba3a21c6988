/**
 * What the gateway may ask of this tab by `fetch`. The script decides itself: by such requests a gateway that was taken
 * over can't read or change the person's account. Jobs in the page are not held to this: they press what the gateway
 * names, as far as a press reaches without leaving the page.
 */
const STREAM_PATHS = ['/api/stream/', '/nextjs-api/stream/'];
const INTERFACE_PATHS = /^\/(?:api|nextjs-api)(?:\/|$)/i;

/**
 * @param {string} method
 * @param {string} path  one leading slash, perhaps a query
 * @returns {URL | null} where the request goes; null if it is not permitted
 */
function permittedUrl(method, path) {
  if (!/^\/(?![/\\])/.test(path)) return null;
  const url = new URL(path, location.origin);
  const plain = plainPath(url);
  if (url.origin !== location.origin || plain === null) return null;
  const permitted =
    method === 'GET'
      ? !INTERFACE_PATHS.test(plain)
      : ['POST', 'PUT'].includes(method) && STREAM_PATHS.some((prefix) => plain.startsWith(prefix));
  return permitted ? url : null;
}

/**
 * @param {string} address  that the site has told
 * @returns {boolean} whether a file may go there or come from there: encrypted, unless all of it is on this device
 */
function isStorageUrl(address) {
  if (!URL.canParse(address)) return false;
  const { protocol, origin, hostname } = new URL(address);
  if (protocol === 'https:' || origin === location.origin) return true;
  return protocol === 'http:' && THIS_DEVICE.test(hostname) && THIS_DEVICE.test(location.hostname);
}

/**
 * @param {URL} url
 * @returns {string | null} the path as a server may read it, with escapes undone; null if it reads in two ways
 */
function plainPath(url) {
  try {
    const plain = decodeURIComponent(url.pathname);
    return /\\|\/\/|\/\.\.?(?:\/|$)|%/.test(plain) ? null : plain;
  } catch {
    return null;
  }
}
