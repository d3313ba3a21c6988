/** Looking for something in a list that is all here. */

import { html } from '../ui.js';

/** @param {string} search  @param {(string | null | undefined)[]} texts  @returns {boolean} whether each word is in one of the texts */
export function fits(search, texts) {
  const all = texts.filter(Boolean).join('\n').toLowerCase();
  return search.toLowerCase().split(/\s+/).every((word) => all.includes(word));
}

/** @param {{name: string, value: string, search: (text: string) => void}} props */
export const SearchBox = ({ name, value, search }) =>
  html`<input type="search" maxlength="100" aria-label=${name} placeholder=${name} value=${value} onInput=${(event) => search(event.target.value)} />`;
