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
