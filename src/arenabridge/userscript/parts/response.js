/** Reading an answer of the site and passing it on, whoever asked for it. */

/** @param {Response} response  @returns {object} the report of its head */
function headOf(response) {
  return { type: 'head', status: response.status, headers: Object.fromEntries(response.headers) };
}

/**
 * @param {ReadableStreamDefaultReader<Uint8Array>} reader
 * @param {Job} job
 * @param {Outbox} outbox
 */
async function passOn(reader, job, outbox) {
  const { signal } = job.abort;
  const decoder = new native.TextDecoder(); // one per answer: it keeps a character that the network cut in two
  for (;;) {
    const { done, value } = await sent(reader.read());
    if (signal.aborted) throw new Failure('cancelled', 'stopped');
    const text = decoder.decode(value, { stream: !done });
    if (text) outbox.chunk(job, text);
    if (done) return;
    await outbox.room(signal);
  }
}

/**
 * @param {Response} response
 * @param {number} limitBytes
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<Uint8Array>} the pieces of its body
 */
async function* piecesOf(response, limitBytes, signal) {
  const reader = response.body?.getReader();
  let length = 0;
  try {
    while (reader) {
      const { done, value } = await sent(reader.read());
      if (signal.aborted) throw new Failure('cancelled', 'stopped');
      if (done) return;
      length += value.length;
      if (length > limitBytes) throw new Failure('too_large', `More than ${limitBytes} bytes.`);
      yield value;
    }
  } finally {
    reader?.cancel().catch(() => {});
  }
}

/** @returns {Promise<string>} the whole body */
async function textOf(response, limitBytes, signal) {
  const decoder = new native.TextDecoder();
  let text = '';
  for await (const piece of piecesOf(response, limitBytes, signal)) text += decoder.decode(piece, { stream: true });
  return text + decoder.decode();
}

/**
 * @template T
 * @param {Promise<T>} promise  of the site or the network
 * @returns {Promise<T>}
 */
async function sent(promise) {
  try {
    return await promise;
  } catch (error) {
    throw new Failure('fetch_failed', String(error?.message ?? error));
  }
}
