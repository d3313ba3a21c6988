/**
 * The files that come over the link for errands, piece by piece, and those that are kept until a composition attaches
 * them.
 *
 * @typedef {ReturnType<typeof createFiles>} Files
 * @typedef {object} Incoming
 * @property {number} size
 * @property {number} arrived
 * @property {Uint8Array[]} pieces
 * @property {(pieces: Uint8Array[]) => void} whole
 * @property {(failure: Failure) => void} broken
 */

/** Of all files together, whole or announced. */
const FILES_LIMIT_BYTES = 64 << 20;

function createFiles() {
  /** @type {Map<string, Incoming>} by errand */
  const incoming = new Map();
  /** @type {Map<string, {job: string, file: File}>} by errand */
  const held = new Map();

  function taken() {
    let bytes = 0;
    for (const { size } of incoming.values()) bytes += size;
    for (const { file } of held.values()) bytes += file.size;
    return bytes;
  }

  /** @param {string} errand  @param {number} size  @returns {Promise<Uint8Array[]>} its pieces, when all are there */
  function expect(errand, size) {
    const room = FILES_LIMIT_BYTES - taken();
    if (!(size <= room)) throw new Failure('too_much', `This tab has room for ${room} bytes.`);
    return new Promise((whole, broken) => {
      incoming.set(errand, { size, arrived: 0, pieces: [], whole, broken });
      take(errand, new Uint8Array(0));
    });
  }

  function take(errand, bytes) {
    const file = incoming.get(errand);
    if (!file) return; // cancelled while it was on its way
    file.arrived += bytes.length;
    file.pieces.push(bytes);
    if (file.arrived === file.size) file.whole(file.pieces);
    if (file.arrived > file.size) file.broken(new Failure('too_much', `More than the ${file.size} bytes of the file.`));
  }

  function hold(errand, job, file) {
    held.set(errand, { job, file });
  }

  function release(job) {
    for (const [errand, each] of held) if (each.job === job) held.delete(errand);
  }

  return {
    expect,
    take,
    hold,
    release,
    /** The errand is over: its file went where it should, or nowhere. */
    over: (errand) => incoming.delete(errand),
    /** @param {string} errand  @returns {File | null} */
    held: (errand) => held.get(errand)?.file ?? null,
    drop: (errand) => held.delete(errand),
    isEmpty: () => !incoming.size && !held.size,
    clear() {
      incoming.clear();
      held.clear();
    },
  };
}

/**
 * @param {ArrayBuffer} frame  the length of the errand's id in one byte, the id in ASCII, then a piece of its file
 * @returns {[string, Uint8Array]}
 */
function readFileFrame(frame) {
  const bytes = new Uint8Array(frame);
  const end = 1 + (bytes[0] ?? 0);
  return [String.fromCharCode(...bytes.subarray(1, end)), bytes.subarray(end)];
}
