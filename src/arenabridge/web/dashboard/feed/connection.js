/** Whether the gateway is heard, and what is to be done when it is heard again. */

import { signal, useEffect } from '../ui.js';

/** @type {{value: 'connecting' | 'live' | 'lost'}} */
export const connection = signal('connecting');

/**
 * Load anew what the gateway did not answer, once it is there again; what it refused stays refused.
 *
 * @param {{status: number} | null} error  @param {() => void} load
 */
export function useAgain(error, load) {
  const isLive = connection.value === 'live';
  const isUnanswered = Boolean(error) && (error.status === 0 || error.status >= 500);
  useEffect(() => {
    if (isLive && isUnanswered) load();
  }, [isLive, isUnanswered]);
}
