/**
 * What a job does in the page with: finds its parts, waits for them, presses them, and lets go of everything as soon
 * as the job is stopped or the page wants the person.
 */

/** A page that hydrates slowly may take this long to show a part of it, unless the recipe says otherwise. */
const ELEMENT_LIMIT_SECONDS = 15;
/** A press that had no effect by then is tried again: the page's own code may not have been there yet. */
const PRESS_AGAIN_MS = 3_000;

/**
 * @typedef {ReturnType<typeof createHand>} Hand
 *
 * @param {AbortSignal} signal  the job's
 * @param {{elements: Record<string, Finder[]>, element_seconds?: number}} recipe
 * @param {{waiting: Waiting, signs: ReturnType<typeof watchSigns>}} parts
 */
function createHand(signal, recipe, { waiting, signs }) {
  const limitMs = (recipe.element_seconds ?? ELEMENT_LIMIT_SECONDS) * 1000;
  const all = (name) => findAll(recipe.elements[name] ?? []);
  const one = (name) => findOne(recipe.elements[name] ?? []);

  /** Nothing is touched while the person is wanted, or after the job was stopped. */
  function free() {
    if (signal.aborted) throw new Failure('cancelled', 'stopped');
    const human = signs.look();
    if (human) throw new Failure('needs_human', `${human.kind}: ${human.words}`);
  }

  function until(milliseconds, look) {
    return waiting.until(signal, milliseconds, () => (free(), look()));
  }

  /** For what the page itself has to bring. */
  const patiently = (look) => until(limitMs, look);

  /** @param {string} name  @param {number} [patienceMs]  @returns {Promise<HTMLElement>} */
  async function seek(name, patienceMs = limitMs) {
    const found = await until(patienceMs, () => one(name));
    if (!found) throw new Failure('element_missing', name);
    return found;
  }

  /**
   * @param {string} name
   * @param {() => unknown} done  what the press is for
   * @param {number} [patienceMs]
   * @param {string} [missing]  what is then missing, if there is a name for it
   */
  async function pressUntil(name, done, patienceMs = limitMs, missing = '') {
    const giveUp = performance.now() + patienceMs;
    do {
      const element = await seek(name, patienceMs);
      if (!isExpanded(element)) press(element);
      if (await until(Math.min(PRESS_AGAIN_MS, patienceMs), done)) return;
    } while (performance.now() < giveUp);
    throw new Failure('element_missing', missing || `${name} that does anything`);
  }

  return { signal, all, one, free, until, patiently, seek, pressUntil, signs };
}

/** @param {Element | null} element */
const isExpanded = (element) => element?.getAttribute('aria-expanded') === 'true';

/** @param {Element | null} element */
const isEnabled = (element) => element?.matches(':not(:disabled, [aria-disabled=true])');
