/** A step as a request of the page's own origin, in the person's session; many may run at once. */

/**
 * @param {Job} job
 * @param {{method: string, path: string, headers?: Record<string, string>, body?: string | null}} step
 * @param {Outbox} outbox
 */
async function fetchStep(job, step, outbox) {
  const url = permittedUrl(step.method, step.path);
  if (!url) throw new Failure('forbidden_path', `${step.method} ${step.path}`);
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
  outbox.report(job, headOf(response));
  if (response.body) await passOn(response.body.getReader(), job, outbox);
  outbox.report(job, { type: 'end' });
}
