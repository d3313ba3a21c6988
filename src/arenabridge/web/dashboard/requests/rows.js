/** Rows of requests, the newest first, kept within bounds. Pure. */

export const MAX_SHOWN = 500;

/** Both together, each request once; of too many the oldest go. */
export function withNewer(rows, newer) {
  const there = new Set(rows.map((row) => row.id));
  const all = [...newer.filter((row) => !there.has(row.id)), ...rows].sort((a, b) => b.id - a.id);
  return all.slice(0, MAX_SHOWN);
}

/** The same with a page of older ones, which somebody asked for and so may be more. */
export function withOlder(rows, older) {
  const there = new Set(rows.map((row) => row.id));
  return [...rows, ...older.filter((row) => !there.has(row.id))];
}
