/** A word on what was just done, or why it was not; read out, and gone after a while. */

import { errorWords } from './states.js';
import { html, signal } from '../ui.js';

const SHOWN_MS = 5000;
const words = signal('');
let forget = 0;

export function say(text) {
  words.value = text;
  clearTimeout(forget);
  forget = setTimeout(() => (words.value = ''), SHOWN_MS);
}

/** Do something and say that it was done, or why not. @returns whether it was */
export async function attempt(work, done) {
  try {
    await work();
    if (done) say(done);
    return true;
  } catch (error) {
    say(errorWords(error));
    return false;
  }
}

export const Toast = () => html`<div class="toast" role="status">${words.value}</div>`;
