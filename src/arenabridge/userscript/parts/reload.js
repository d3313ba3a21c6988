/**
 * Reloading the page: seldom, only while nothing runs, nothing is shown to the person and they do nothing in it.
 * What was done is remembered for the life of the tab; where that can't be, nothing is done.
 */
const RELOAD_KEY = 'arena-bridge-reloaded';
const LATE_RELOAD_KEY = 'arena-bridge-reloaded-late';
const RELOAD_EVERY_MS = 600_000;
/** Jobs and pages that are about to become idle get this long when the gateway asks. */
const RELOAD_WAIT_MS = 5_000;

/**
 * @param {AbortSignal} signal
 * @param {Waiting} waiting
 * @param {() => boolean} isIdle
 */
function createReloads(signal, waiting, isIdle) {
  async function reload(key, limitMs, isDue) {
    if (isDue() && (await waiting.until(signal, limitMs, isIdle)) && isDue() && kept(key)) location.reload();
  }

  return {
    /** The gateway thinks that a new page would help. */
    asked: () => reload(RELOAD_KEY, RELOAD_WAIT_MS, () => Date.now() - recall(RELOAD_KEY) >= RELOAD_EVERY_MS),
    /** The page had hidden its requests before this script began: next time it may begin before the page. */
    late: () => reload(LATE_RELOAD_KEY, NO_LIMIT_MS, () => recall(LATE_RELOAD_KEY) === 0),
  };
}

/** @returns {number} when that was done last in this tab, in Unix milliseconds; 0 for never */
function recall(key) {
  try {
    return Number(sessionStorage.getItem(key));
  } catch {
    return Infinity;
  }
}

function kept(key) {
  try {
    sessionStorage.setItem(key, String(Date.now()));
    return true;
  } catch {
    return false;
  }
}
