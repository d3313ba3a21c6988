/**
 * The browser's permission to reach programs on this device or in the home network (Chrome asks for it since version
 * 147 when a page opens a socket there). One permission was split into two with Chrome 145.
 */
const PERMISSIONS_FOR_THIS_DEVICE = ['loopback-network', 'local-network-access'];
const PERMISSIONS_FOR_THE_NETWORK = ['local-network', 'local-network-access'];

const THIS_DEVICE = /^(?:localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
const THE_NETWORK = /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|\[f[cd])|\.local$/;

/**
 * @param {string} url
 * @returns {Promise<PermissionStatus | null>} null where the browser does not ask
 */
async function localNetworkPermission(url) {
  const { hostname } = new URL(url);
  if (!THIS_DEVICE.test(hostname) && !THE_NETWORK.test(hostname)) return null;
  const names = THIS_DEVICE.test(hostname) ? PERMISSIONS_FOR_THIS_DEVICE : PERMISSIONS_FOR_THE_NETWORK;
  for (const name of names) {
    try {
      return await navigator.permissions.query({ name });
    } catch {
      // a name that this browser does not know
    }
  }
  return null;
}
