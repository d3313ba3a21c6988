/** Days, as the reader's zone has them. */

/** @param {string} day as inputs have it, `2025-12-31`  @returns {number} when it, or so many days after it, begins; in seconds since 1970, 0 for no day */
export function midnight(day, later = 0) {
  const [year, month, date] = day.split('-').map(Number);
  return Math.floor(new Date(year, month - 1, date + later).getTime() / 1000) || 0;
}
