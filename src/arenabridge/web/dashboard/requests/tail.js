/**
 * A list of requests that goes on by itself: the feed tells that something has ended, a question after the newest that
 * is here fetches it. While the list is held, what comes is kept aside. Nothing is fetched for a tab nobody sees.
 */

import { get } from '../api.js';
import { useAgain } from '../feed/connection.js';
import { live } from '../feed/live.js';
import { useEffect, useRef, useState } from '../ui.js';
import { MAX_SHOWN, withNewer, withOlder } from './rows.js';

const PAGE = 50;
const NEWER = 200;

const NOTHING = { rows: null, aside: [], next: null, lookedUntil: null, error: null };

/**
 * @param {string} filters a query, without its question mark
 * @param {boolean} isHeld
 * @returns {{rows: object[] | null, aside: object[], next: number | null, lookedUntil: number | null, error: any,
 *   more: () => Promise<void>, show: () => void, begin: () => Promise<void>, seen: number}} newer than `seen` came by themselves
 */
export function useTail(filters, isHeld) {
  const [state, setState] = useState(NOTHING);
  const now = useRef({}).current;
  now.filters = filters;
  now.isHeld = isHeld;
  now.newest ??= 0;

  const ask = async (wishes) => {
    const asked = now.filters;
    const answer = await get(`/api/requests?${asked}${asked && '&'}${new URLSearchParams(wishes)}`);
    return asked === now.filters ? answer : null;
  };

  async function begin() {
    const finished = live.value?.now.finished ?? 0;
    try {
      const answer = await ask({ limit: PAGE });
      if (!answer) return;
      now.newest = Math.max(finished, answer.requests[0]?.id ?? 0);
      now.seen = now.newest;
      now.has = now.filters;
      setState({ ...NOTHING, rows: answer.requests, next: answer.next, lookedUntil: answer.looked_until });
    } catch (error) {
      setState((before) => ({ ...before, error }));
    }
  }

  async function look() {
    if (document.visibilityState !== 'visible' || now.has !== now.filters) return;
    if (now.isLooking) {
      now.again = true;
      return;
    }
    now.isLooking = true;
    try {
      do {
        now.again = false;
        const answer = await ask({ after: now.newest, limit: NEWER });
        if (!answer) break;
        if (answer.requests.length === NEWER) {
          await begin();
          break;
        }
        take(answer.requests);
      } while (now.again);
    } catch {
      // the feed says that the connection is lost, and what was missed comes with the next change
    } finally {
      now.isLooking = false;
    }
  }

  function take(requests) {
    if (!requests.length) return;
    now.newest = Math.max(now.newest, requests[0].id);
    setState((before) => {
      if (now.isHeld) return { ...before, aside: withNewer(before.aside, requests) };
      return shown(before, withNewer(before.aside, requests));
    });
  }

  async function more() {
    try {
      const answer = await ask({ before: state.next, limit: PAGE });
      if (answer) setState((before) => ({ ...before, rows: withOlder(before.rows, answer.requests), next: answer.next, lookedUntil: answer.looked_until, error: null }));
    } catch (error) {
      setState((before) => ({ ...before, error }));
    }
  }

  useEffect(() => void begin(), [filters]);
  useAgain(state.error, begin);
  useEffect(() => void look(), [live.value?.now.finished, state.rows === null]);
  useEffect(() => {
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);
  const show = () => setState((before) => shown(before, before.aside));
  useEffect(() => {
    if (!isHeld) show();
  }, [isHeld]);
  return { ...state, more, show, begin, seen: now.seen };
}

/** Where the oldest had to go, they can be asked for again. */
function shown(before, newer) {
  if (before.rows === null) return before;
  const rows = withNewer(before.rows, newer);
  const next = rows.length === MAX_SHOWN && rows.length < before.rows.length + newer.length ? rows.at(-1).id : before.next;
  return { ...before, rows, next, aside: [] };
}
