/** Calling one of the site's server actions, as its page does. */

const ACTION_ANSWER_BYTES = 8 << 20;
const ACTION_NOT_FOUND = 'Server action not found';
/** The route of a page about which the site's own code says nothing. */
const PLAIN_ROUTE = ['', { children: ['__PAGE__', {}] }, null, null, true];

/**
 * @param {Job} errand
 * @param {{name: string, arguments: string}} step
 * @param {{outbox: Outbox, told: Told, actions: ActionFinder}} parts
 */
async function callAction(errand, { name, arguments: given }, { outbox, told, actions }) {
  if (!PERMITTED_ACTIONS.includes(name)) throw new Failure('forbidden_path', name);
  const { signal } = errand.abort;
  const known = await unlessAborted(signal, actions.known());
  const answer =
    (await answerOfAction(errand, known.get(name), given, outbox)) ??
    (await answerOfAction(errand, (await unlessAborted(signal, actions.anew(known))).get(name), given, outbox));
  if (!answer) throw new Failure('action_unknown', name);
  told.hearAction(answer.text);
  outbox.report(errand, answer.head);
  if (answer.text) outbox.chunk(errand, answer.text);
  outbox.report(errand, { type: 'end' });
}

/**
 * @param {ServerAction | undefined} action
 * @returns {Promise<{head: object, text: string} | null>} null if the site does not have such an action (any more)
 */
async function answerOfAction(errand, action, given, outbox) {
  if (!action) return null;
  const { signal } = errand.abort;
  if (!errand.started) outbox.report(errand, { type: 'start' });
  errand.started = true;
  const request = { method: 'POST', headers: actionHeaders(action), body: given, redirect: 'error', signal };
  const response = await sent(native.fetch(ownPath(), request));
  const text = await textOf(response, ACTION_ANSWER_BYTES, signal);
  const unknown = response.status === 404 || text.startsWith(ACTION_NOT_FOUND);
  return unknown ? null : { head: headOf(response), text };
}

/** @param {ServerAction} action */
function actionHeaders({ id, deployment }) {
  const shown = deployment ?? document.documentElement.dataset.dplId;
  return {
    Accept: 'text/x-component',
    'Content-Type': 'text/plain;charset=UTF-8',
    'Next-Action': id,
    'Next-Router-State-Tree': encodeURIComponent(native.encode(routeOfPage())),
    ...(shown && { 'x-deployment-id': shown }),
  };
}

/** Next.js keeps the route with the entry of the history, since 2025 beside what else it knows of it. */
function routeOfPage() {
  const kept = history.state?.__PRIVATE_NEXTJS_INTERNALS_TREE;
  const route = kept?.tree ?? kept;
  return Array.isArray(route) ? route : PLAIN_ROUTE;
}
