/** Marks in the tab's title, as the earlier bridges' script had them, for people who look for them in a row of tabs. */
const CONNECTED_MARK = '✅ ';
const CAPTURING_MARK = '🎯 ';

/**
 * @param {AbortSignal} signal
 * @param {ReturnType<typeof createStatus>} status
 * @returns {{use: (wanted: boolean) => void}}
 */
function createTitleMarks(signal, status) {
  let wanted = false;
  let mark = '';
  let last = {};
  const observer = new MutationObserver(paint); // the page writes its title when it goes to another chat

  function paint() {
    let plain = document.title;
    for (const each of [CONNECTED_MARK, CAPTURING_MARK]) if (plain.startsWith(each)) plain = plain.slice(each.length);
    if (document.title !== mark + plain) document.title = mark + plain;
  }

  function show() {
    if (!wanted) return;
    mark = last.state === 'ready' ? (last.capturing ? CAPTURING_MARK : CONNECTED_MARK) : '';
    paint();
  }

  status.follow((now) => {
    last = now;
    show();
  });
  signal.addEventListener('abort', () => {
    observer.disconnect();
    mark = '';
    if (wanted) paint();
  });
  return {
    use(now) {
      if (now && !wanted) observer.observe(document.head, { childList: true, subtree: true, characterData: true });
      wanted = now;
      show();
    },
  };
}
