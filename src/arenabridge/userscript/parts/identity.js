/** Random ids by which the gateway knows tabs of one browser profile from those of another; never the person's data. */

const PROFILE_KEY = 'arena-bridge-profile';
const ACCOUNT_KEY = 'arena-bridge-account';

/** @returns {string} 128 random bits; `crypto.randomUUID` would need a secure context */
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * @param {string} key
 * @returns {string} the id kept under this key, made now if there is none; a passing one where storage is forbidden
 */
function keptId(key) {
  try {
    const id = localStorage.getItem(key) || randomId();
    localStorage.setItem(key, id);
    return id;
  } catch {
    return randomId();
  }
}

/** @returns {{profile: string, account: string, page: string}} the page's id is new with each document */
function identify() {
  return { profile: keptId(PROFILE_KEY), account: keptId(ACCOUNT_KEY), page: randomId() };
}
