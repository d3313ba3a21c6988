/** The gateway as it is now. */

import { goToSignIn } from '../session.js';
import { computed, signal } from '../ui.js';
import { connection } from './connection.js';
import { followFeed } from './sharing.js';

/** @type {{value: null | {now: Record<string, number>, workers?: Record<string, any>}}} null until the first snapshot */
export const live = signal(null);

/** The tabs, those of one browser together, the one that was there first before. */
export const workers = computed(() =>
  Object.values(live.value?.workers ?? {}).sort((a, b) => a.browser.localeCompare(b.browser) || a.since - b.since),
);

/** @param {AbortSignal} aborted */
export function followGateway(aborted, user) {
  followFeed(aborted, user.id, ({ type, state }) => {
    if (type === 'signed_out') goToSignIn();
    else connection.value = type === 'lost' ? 'lost' : 'live';
    if (state) live.value = state;
  });
}
