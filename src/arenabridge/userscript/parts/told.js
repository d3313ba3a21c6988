/**
 * Which addresses the site itself has told this tab lately: files go to those of its server actions alone, and come
 * from those and the ones in its answers. An address counts only as a whole JSON string, as the site writes one (in the
 * answers of actions a long one has a row of its own): what a model says is part of a longer one.
 *
 * @typedef {ReturnType<typeof createTold>} Told
 */

/** Of the answers to jobs, their ends. */
const TOLD_TEXT_LENGTH = 1 << 18;
const TOLD_PIECE_LENGTH = 1 << 12;
const TOLD_ACTIONS = 32;

function createTold() {
  /** @type {{source: string, text: string}[]} pieces of answers as they came, those of several mixed */
  const tail = [];
  let tailLength = 0;
  /** @type {string[][]} the addresses in the answer to each server action */
  const actions = [];

  function hear(source, piece) {
    const text = piece.slice(-TOLD_TEXT_LENGTH);
    const last = tail.at(-1);
    if (last?.source === source && last.text.length < TOLD_PIECE_LENGTH) last.text += text;
    else tail.push({ source, text });
    tailLength += text.length;
    while (tailLength > TOLD_TEXT_LENGTH && tail.length > 1) tailLength -= tail.shift().text.length;
  }

  function hearAction(text) {
    actions.push([...addressesIn(text), ...textRowsIn(text).filter((row) => /^https?:/.test(row))]);
    if (actions.length > TOLD_ACTIONS) actions.shift();
  }

  function answers() {
    const texts = new Map();
    for (const { source, text } of tail) texts.set(source, (texts.get(source) ?? '') + text);
    return [...texts.values()];
  }

  const byAction = (url) => actions.some((addresses) => addresses.includes(url));

  return {
    hearAction,
    byAction,
    /** @param {string} url */
    lately: (url) => byAction(url) || answers().some((text) => addressesIn(text).includes(url)),
    /** @param {Outbox} outbox  @returns {Outbox} one that hears what it passes on */
    along: (outbox) => ({
      ...outbox,
      chunk(job, text) {
        hear(job.id, text);
        outbox.chunk(job, text);
      },
    }),
  };
}

/** @param {string} text  JSON, or pieces of it  @returns {string[]} */
function addressesIn(text) {
  const found = [];
  for (const [literal] of text.matchAll(/"https?:(?:[^"\\\n]|\\.)*"/g)) {
    try {
      found.push(native.decode(literal));
    } catch {
      // cut where the memory begins, or no JSON
    }
  }
  return found;
}

/** @param {string} text  rows as React streams them: `<hex id>:T<hex length>,<text>` among others that end lines */
function textRowsIn(text) {
  const found = [];
  const head = /[0-9a-f]+:T([0-9a-f]+),/y;
  for (let at = 0; at < text.length; ) {
    head.lastIndex = at;
    const row = head.exec(text);
    const from = head.lastIndex;
    const line = text.indexOf('\n', at);
    if (row) found.push(text.slice(from, from + Number.parseInt(row[1], 16)));
    if (row) at = from + Number.parseInt(row[1], 16); // bytes: beyond its end where it is not ASCII, as addresses are
    else at = line < 0 ? text.length : line + 1;
  }
  return found;
}
