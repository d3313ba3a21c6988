/** A list that is loaded a page at a time, from the newest on: what was asked for last is what is shown. */

import { get } from '../api.js';
import { useAgain } from '../feed/connection.js';
import { useEffect, useRef, useState } from '../ui.js';

/** Typing rests before something is asked. */
const TYPING_MS = 250;

const NOTHING = { rows: null, answer: null, next: null, error: null };

/**
 * @param {{path: string, rows: string, wishes: Record<string, string>, page?: number, most?: number}} asked
 *   `rows` is the name of the list in the answer, `most` how many rows the API gives at once; empty wishes ask nothing
 * @returns {{rows: object[] | null, answer: any, next: any, error: any, more: () => Promise<void>, reload: () => Promise<void>}}
 *   `reload` gives as many as are shown
 */
export function usePages({ path, rows, wishes, page = 50, most = 100 }) {
  const [state, setState] = useState(NOTHING);
  const latest = useRef(0);
  const asked = Object.entries(wishes).filter(([, value]) => value);
  const load = async (before, limit) => {
    const turn = (latest.current += 1);
    const query = new URLSearchParams([...asked, ['limit', String(limit)], ...(before === null ? [] : [['before', String(before)]])]);
    try {
      const answer = await get(`${path}?${query}`);
      if (turn !== latest.current) return;
      const add = (shown) => (before === null ? answer[rows] : [...shown, ...answer[rows]]);
      setState((shown) => ({ rows: add(shown.rows), answer, next: answer.next, error: null }));
    } catch (error) {
      if (turn === latest.current) setState((shown) => ({ ...shown, error }));
    }
  };
  const reload = () => load(null, Math.min(most, Math.max(page, state.rows?.length ?? 0)));
  useEffect(() => {
    const rest = setTimeout(load, wishes.search ? TYPING_MS : 0, null, page);
    return () => clearTimeout(rest);
  }, [path, JSON.stringify(asked)]);
  useAgain(state.error, reload);
  return { ...state, more: () => load(state.next, page), reload };
}
