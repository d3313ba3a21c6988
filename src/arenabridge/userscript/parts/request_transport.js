/** How often a post is sent whose fate is unknown; the gateway takes it once. */
const POST_TRIES = 5;
const POST_AGAIN_MS = 500;
const POST_LIMIT_MS = 30_000;
/** Frames that wait share a post up to this length; one alone may be longer. */
const POST_LENGTH = 1 << 20;
const REQUEST_OPENING_LIMIT_MS = 10_000;

/**
 * A link made of the userscript manager's requests: one long answer down, posts up, one at a time and each with all
 * that gathered meanwhile. `http/links/request_socket.py` is the other end.
 *
 * @param {string} gateway  the WebSocket's address, beside which those of the requests are
 * @param {boolean} asStream  how the manager gives an answer while it comes
 * @param {Clock} clock
 * @param {TransportEvents} events
 * @returns {Transport}
 */
function openRequests(gateway, asStream, clock, events) {
  const headers = { 'x-arenabridge-secret': SETTINGS.secret, 'x-arenabridge-session': randomId() };
  /** @type {string[]} */
  const waiting = [];
  let length = 0;
  let posts = 0;
  let posting = false;
  let opened = false;
  let over = false;
  let abortDown = () => {};

  /** @param {Ending} ending */
  function finish(ending) {
    if (over) return;
    if (opened && waiting.length) post(waiting.splice(0).join('\n'), posts, POST_TRIES); // the last words
    over = true;
    if (ending !== 'left') abortDown();
    events.closed(ending);
  }

  const kinds = {
    open(session) {
      if (opened && session === 'new') return finish('lost'); // the gateway knows nothing of what was said before
      if (opened) return;
      opened = true;
      events.opened();
    },
    file: (data) => events.piece(...readFileFrame(bytesOf(data).buffer)),
    again: askDown,
    '': (data) => events.received(data),
  };

  function askDown() {
    let usedUp = false;
    const read = createEventReader((name, data) => {
      usedUp = name === 'again';
      if (!over && Object.hasOwn(kinds, name)) kinds[name](data);
    });
    const ended = () => {
      if (!usedUp) finish(opened ? 'lost' : 'down');
    };
    abortDown = requestStream({ url: requestAddress(gateway, 'link/down'), headers }, asStream, { text: read, ended });
  }

  function postNext() {
    if (posting || over || !waiting.length) return;
    const batch = [];
    for (let size = 0; waiting.length && size < POST_LENGTH; size += batch.at(-1).length) batch.push(waiting.shift());
    posting = true;
    post(batch.join('\n'), posts++, 1);
  }

  function post(data, number, tries) {
    const unknown = () => {
      if (over) return;
      if (tries >= POST_TRIES) finish('lost');
      else clock.later(POST_AGAIN_MS, () => over || post(data, number, tries + 1));
    };
    managerSend({
      method: 'POST',
      url: requestAddress(gateway, 'link/up'),
      headers: { ...headers, 'x-arenabridge-number': String(number), 'content-type': 'text/plain;charset=UTF-8' },
      data,
      timeout: POST_LIMIT_MS,
      onload({ status }) {
        if (status === 204) taken(data.length);
        else if (status >= 500) unknown();
        else finish('lost');
      },
      onerror: unknown,
      onabort: unknown,
      ontimeout: unknown,
    });
  }

  function taken(size) {
    length -= size;
    posting = false;
    postNext();
  }

  clock.later(REQUEST_OPENING_LIMIT_MS, () => opened || finish('no_answer'));
  askDown();
  return {
    get ready() {
      return opened && !over;
    },
    send(frame) {
      waiting.push(frame);
      length += frame.length;
      postNext();
    },
    buffered: () => length,
    close: (ending = 'lost') => finish(ending),
  };
}

/** @param {string} gateway  the link's address, beside which the others are */
const requestAddress = (gateway, path) => new URL(path, gateway.replace(/^ws/, 'http')).href;

/** @param {string} text  Base64  @returns {Uint8Array} */
const bytesOf = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
