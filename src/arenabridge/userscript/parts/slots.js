/**
 * How many jobs this tab offers to run at once. A browser opens six connections to an HTTP/1.1 host for all tabs of a
 * profile together, and some must stay free for the page itself; HTTP/2 and 3 carry many requests on one.
 */
const SLOTS_ON_ONE_CONNECTION = 8;
const SLOTS_ON_SIX_CONNECTIONS = 4;

/** @returns {number} */
function offeredSlots() {
  const [navigation] = performance.getEntriesByType('navigation');
  const ownResources = performance.getEntriesByType('resource').filter(({ name }) => name.startsWith(location.origin));
  const protocols = [navigation, ...ownResources].map((entry) => entry?.nextHopProtocol).filter(Boolean);
  return /^h[23]/.test(protocols.at(-1) ?? '') ? SLOTS_ON_ONE_CONNECTION : SLOTS_ON_SIX_CONNECTIONS;
}
