/** The state of a tab in words for a person, with the tone that goes with it. Pure. */

const TONES = { leaving: 'warn', blocked: 'bad', needs_you: 'warn', unreachable: 'warn', frozen: 'warn', paused: '', busy: 'good', working: 'good', ready: 'good' };

/**
 * How it is, which the gateway says: `condition`.
 *
 * @returns {{state: string, tone: '' | 'good' | 'warn' | 'bad', advice?: string}} `worker.<state>` has the words
 */
export function workerState(worker) {
  const state = worker.condition;
  const advice = state === 'blocked' || state === 'needs_you' ? wanted(worker) : state === 'frozen' || state === 'unreachable' ? `worker.${state}.advice` : undefined;
  return { state, tone: TONES[state] ?? '', advice };
}

/** The key of what it wants of its person; a direct session has no tab to do it in. */
export const wanted = ({ needs, link }) => `${link?.by === 'session' ? 'direct.needs' : 'needs'}.${needs.what}`;

export const visibility = (worker) => (worker.frozen ? 'frozen' : worker.visible ? 'visible' : 'hidden');

/** What a tab is called: the name of its browser, else something that tells browsers apart. */
export const workerName = (worker, unnamed) => worker.name ?? worker.credential?.name ?? `${unnamed} ${worker.browser.slice(0, 4)}`;

/** How a tab gets answers now: with the page's own message box, by requests of its own, or as the earlier script does. */
export const manner = (worker) => (worker.how.includes('retry') ? 'retry' : worker.uses_page ? 'composer' : worker.how.includes('fetch') ? 'fetch' : 'composer');

export const served = (worker) => Object.values(worker.served).reduce((sum, each) => sum + each, 0);

/** Its place among the tabs of its browser, if there are several; 0 if it is the only one. */
export function tabNumber(worker, workers) {
  const tabs = workers.filter((each) => each.browser === worker.browser && each.site === worker.site);
  return tabs.length > 1 ? tabs.findIndex((each) => each.id === worker.id) + 1 : 0;
}
