/**
 * Reads server-sent events of one line of data each, from a text that comes in pieces.
 *
 * @param {(name: string, data: string) => void} take  the name is empty if the event has none
 * @returns {(piece: string) => void}
 */
function createEventReader(take) {
  /** The line that is not complete yet: joined once, since it may be a very long one. */
  let pieces = [];
  let name = '';

  function line(text) {
    if (text.startsWith('event:')) name = text.slice(6).trim();
    if (!text.startsWith('data:')) return;
    const event = name;
    name = '';
    take(event, text.slice(5).trimStart());
  }

  return (piece) => {
    const [first, ...rest] = piece.split('\n');
    pieces.push(first);
    for (const next of rest) {
      line(pieces.join(''));
      pieces = [next];
    }
  };
}
