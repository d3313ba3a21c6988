/** The feed over a connection of our own. */

import { get } from '../api.js';

const RETRY_MS = 3000;

/**
 * @param {AbortSignal} aborted
 * @param {string} after the id of the event heard last, empty for none
 * @param {{told: (message: {type: string, id?: string, data: any}) => void}} listener
 *   messages are `snapshot`, `change`, `alive`, `lost` and `signed_out`
 */
export function followStream(aborted, after, { told }) {
  let heard = after;
  let source = null;

  function open() {
    if (aborted.aborted) return;
    source = new EventSource(`/api/feed${heard ? `?after=${encodeURIComponent(heard)}` : ''}`);
    for (const type of ['snapshot', 'change', 'alive', 'signed_out']) {
      source.addEventListener(type, (event) => {
        heard = event.lastEventId || heard;
        told({ type, id: heard, data: JSON.parse(event.data) });
        if (type === 'signed_out') source.close();
      });
    }
    source.onerror = () => {
      told({ type: 'lost', data: {} });
      if (source.readyState === EventSource.CLOSED) setTimeout(tryAgain, RETRY_MS);
    };
  }

  /** The browser gives up after an error status: ours to find out whether it is the session that has ended. */
  async function tryAgain() {
    const session = await get('/api/session').catch(() => null);
    if (session && !session.user) told({ type: 'signed_out', data: {} });
    else open();
  }

  aborted.addEventListener('abort', () => source?.close());
  open();
}
