/** One conversation with one model: its turns, and the answer that is under way. */

import { signal } from '../ui.js';
import { ask } from './answer.js';

/**
 * @typedef {{id: number, role: 'user' | 'assistant', text: string, pictures?: string[], reasoning?: string,
 *   isRunning?: boolean, error?: Error | null, finish?: string | null, firstSeconds?: number, seconds?: number}} Turn
 */

let turns = 0;

/** @param {string} model  @param {{value: string}} system what comes before all turns, empty for nothing */
export function createLane(model, system) {
  /** @type {{value: Turn[]}} */
  const said = signal([]);
  const chosen = signal(model);
  let running = null;

  const change = (id, changes) => (said.value = said.value.map((turn) => (turn.id === id ? { ...turn, ...changes } : turn)));
  const add = (turn) => {
    turns += 1;
    said.value = [...said.value, { ...turn, id: turns }];
    return turns;
  };

  /** @param {string} text  @param {string[]} [pictures] data URIs */
  function say(text, pictures) {
    add({ role: 'user', text, pictures });
    return answer();
  }

  /** Another answer to what was said last. */
  function again() {
    said.value = said.value.slice(0, said.value.findLastIndex((turn) => turn.role === 'user') + 1);
    return answer();
  }

  /** Say something else instead of this turn; what came after it goes. @param {number} id  @param {string} text */
  function edit(id, text) {
    const at = said.value.findIndex((turn) => turn.id === id);
    const { pictures } = said.value[at];
    said.value = said.value.slice(0, at);
    return say(text, pictures);
  }

  async function answer() {
    const messages = [...(system.value.trim() ? [{ role: 'system', content: system.value }] : []), ...asMessages(said.value)];
    const id = add({ role: 'assistant', text: '', reasoning: '', isRunning: true });
    const began = performance.now();
    const since = () => (performance.now() - began) / 1000;
    const heard = { text: '', reasoning: '' };
    const show = oncePerFrame(() => change(id, { ...heard }));
    running = new AbortController();
    try {
      const told = await ask({
        model: chosen.value,
        messages,
        signal: running.signal,
        heard: (piece) => {
          heard.firstSeconds ??= since();
          heard.text += piece.text ?? '';
          heard.reasoning += piece.reasoning ?? '';
          show();
        },
      });
      change(id, { ...heard, isRunning: false, seconds: since(), ...told });
    } catch (error) {
      const wasStopped = error.name === 'AbortError';
      change(id, { ...heard, isRunning: false, seconds: since(), finish: wasStopped ? 'stopped' : null, error: wasStopped ? null : error });
    } finally {
      running = null;
    }
  }

  return {
    said,
    chosen,
    say,
    again,
    edit,
    stop: () => running?.abort(),
    clear: () => {
      running?.abort();
      said.value = [];
    },
  };
}

/** Pieces come faster than anybody reads, and the whole answer is read anew for each that is shown. */
function oncePerFrame(work) {
  let isWaiting = false;
  return () => {
    if (isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => {
      isWaiting = false;
      work();
    });
  };
}

/** What the API takes; a turn that failed, and the question before it, say nothing that belongs to the conversation. */
function asMessages(said) {
  const kept = said.filter((turn, index) => !turn.error && !said[index + 1]?.error && !(turn.role === 'assistant' && !turn.text));
  return kept.map(({ role, text, pictures }) => {
    if (!pictures?.length) return { role, content: text };
    const images = pictures.map((url) => ({ type: 'image_url', image_url: { url } }));
    return { role, content: [...(text ? [{ type: 'text', text }] : []), ...images] };
  });
}
