/** A note on the person's desktop that the page wants them, if they have allowed this site to send any. */

/** @param {Human | null} human */
function notifyPerson(human) {
  if (!human || notifyPermission() !== 'granted') return;
  try {
    const { headline, advice } = humanWords(human);
    const note = new Notification(`Arena Bridge: ${headline}`, { body: advice, tag: 'arena-bridge' });
    note.onclick = () => window.focus();
  } catch {
    // some browsers let only service workers do this
  }
}

/** @returns {NotificationPermission} */
const notifyPermission = () => (typeof Notification === 'undefined' ? 'denied' : Notification.permission);
