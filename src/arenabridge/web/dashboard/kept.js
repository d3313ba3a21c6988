/** Small wishes of this browser. Where storage is forbidden they hold for this page. */

const held = new Map();

export function kept(key, otherwise) {
  try {
    return localStorage.getItem(`arena-bridge-${key}`) ?? otherwise;
  } catch {
    return held.get(key) ?? otherwise;
  }
}

export function keep(key, value) {
  held.set(key, value);
  try {
    localStorage.setItem(`arena-bridge-${key}`, value);
  } catch {
    // held for this page
  }
}
