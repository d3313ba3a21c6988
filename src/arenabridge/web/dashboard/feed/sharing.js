/**
 * One connection for all tabs of a browser, which has but six for each host.
 *
 * The tab that holds a lock has the connection and passes on what it hears; when it closes, another gets the lock and
 * goes on where it was. A leader that was put to sleep is silent: a tab that somebody looks at then takes the lock from
 * it. Where there are no locks (plain http on another machine), each tab has its own connection.
 */

import { merged } from './merge.js';
import { followStream } from './stream.js';

const SILENT_MS = 25_000;
const LOOK_MS = 5000;

/**
 * @param {AbortSignal} aborted
 * @param {string} circle tabs of one circle share: those of one person
 * @param {(message: {type: string, state?: object, data?: any}) => void} told
 */
export function followFeed(aborted, circle, told) {
  const name = `arena-bridge-feed-${circle}`;
  let state = null;
  let id = '';
  let leading = null;
  let heardAt = Date.now();

  function take(message) {
    heardAt = Date.now();
    if (message.type === 'snapshot') state = message.data;
    else if (message.type === 'change' && state) state = merged(state, message.data);
    else if (message.type === 'change') return;
    id = message.id ?? id;
    told({ ...message, state });
  }

  if (!navigator.locks || !globalThis.BroadcastChannel) {
    followStream(aborted, '', { told: take });
    return;
  }

  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data: message }) => {
    if (message.type === 'hello') {
      if (leading && state) channel.postMessage({ type: 'snapshot', id, data: state });
    } else if (!leading) take(message);
  };
  channel.postMessage({ type: 'hello' });

  async function stand(options = {}) {
    try {
      await navigator.locks.request(name, options.steal ? options : { signal: aborted }, lead);
    } catch {
      leading?.abort();
      leading = null;
      if (!aborted.aborted) void stand();
    }
  }

  function lead() {
    leading = new AbortController();
    aborted.addEventListener('abort', () => leading?.abort());
    followStream(leading.signal, state ? id : '', {
      told: (message) => {
        take(message);
        channel.postMessage(message);
      },
    });
    return new Promise((done) => leading.signal.addEventListener('abort', done));
  }

  const looking = setInterval(() => {
    if (!leading && document.visibilityState === 'visible' && Date.now() - heardAt > SILENT_MS) {
      heardAt = Date.now();
      void stand({ steal: true });
    }
  }, LOOK_MS);
  aborted.addEventListener('abort', () => {
    clearInterval(looking);
    channel.close();
  });
  void stand();
}
