/** A step as a request of the page's own origin, in the person's session; many may run at once. */

/** The site or the network failed, as opposed to this script. */
class FetchFailed extends Error {}

/**
 * @param {Job} job
 * @param {{method: string, path: string, headers?: Record<string, string>, body?: string | null}} step
 * @param {Outbox} outbox
 */
async function fetchStep(job, step, outbox) {
  const url = permittedUrl(step.method, step.path);
  if (!url) {
    const detail = `${step.method} ${step.path}`.slice(0, 500);
    outbox.report(job, { type: 'failed', kind: 'forbidden_path', detail, started: false });
    return;
  }
  const request = new Request(url, {
    method: step.method,
    headers: step.headers ?? {},
    body: step.body ?? undefined,
    credentials: 'include',
    redirect: step.method === 'GET' ? 'follow' : 'error', // a redirected POST would become a GET
    signal: job.abort.signal,
  });
  outbox.report(job, { type: 'start' });
  job.started = true;
  const response = await sent(native.fetch(request));
  outbox.report(job, { type: 'head', status: response.status, headers: Object.fromEntries(response.headers) });
  if (response.body) await passOn(response.body.getReader(), job, outbox);
  outbox.report(job, { type: 'end' });
}

/**
 * @param {ReadableStreamDefaultReader<Uint8Array>} reader
 * @param {Job} job
 * @param {Outbox} outbox
 */
async function passOn(reader, job, outbox) {
  const decoder = new native.TextDecoder(); // one per answer: it keeps a character that the network cut in two
  for (;;) {
    const { done, value } = await sent(reader.read());
    const text = decoder.decode(value, { stream: !done });
    if (text) outbox.chunk(job, text);
    if (done) return;
    await outbox.room(job.abort.signal);
  }
}

/**
 * @template T
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
async function sent(promise) {
  try {
    return await promise;
  } catch (error) {
    throw new FetchFailed(String(error?.message ?? error));
  }
}
