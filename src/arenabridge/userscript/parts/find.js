/**
 * Finding the parts of the page by what they are to a person: what is rendered, by its role and its name.
 *
 * @typedef {{css: string, name?: string, last?: boolean, hidden?: boolean}} Finder
 */

/**
 * @param {Finder[]} finders  tried in order
 * @returns {Element[]} what the first finder that finds anything finds, in document order
 */
function findAll(finders) {
  for (const finder of finders) {
    const found = foundBy(finder);
    if (found.length) return finder.last ? found.slice(-1) : found;
  }
  return [];
}

/** @param {Finder[]} finders  @returns {Element | null} */
function findOne(finders) {
  return findAll(finders)[0] ?? null;
}

/** @param {Finder} finder */
function foundBy({ css, name, hidden }) {
  const named = name ? new RegExp(name, 'i') : null;
  const found = selected(css).filter((element) => hidden || isRendered(element));
  return named ? found.filter((element) => named.test(accessibleName(element))) : found;
}

function selected(css) {
  try {
    return [...document.querySelectorAll(css)];
  } catch {
    return []; // a selector that this browser does not know yet
  }
}

/** @param {Element} element */
function isRendered(element) {
  if (element.closest('[aria-hidden=true], [inert]')) return false;
  const { width, height } = element.getBoundingClientRect();
  if (!width || !height) return false;
  const asked = { visibilityProperty: true, checkVisibilityCSS: true }; // its name now, and before Chrome 121
  return element.checkVisibility?.(asked) ?? getComputedStyle(element).visibility === 'visible';
}

/** @param {Element} element  @returns {string} with single blanks */
function accessibleName(element) {
  const attribute = (name) => element.getAttribute(name) ?? '';
  const names = [
    () => attribute('aria-label'),
    () => textOfIds(attribute('aria-labelledby')),
    () => Array.from(element.labels ?? [], (label) => label.textContent).join(' '),
    () => attribute('title'),
    () => attribute('placeholder'),
    () => element.textContent,
  ];
  for (const name of names) {
    const found = onOneLine(name());
    if (found) return found;
  }
  return '';
}

function textOfIds(ids) {
  const texts = ids.split(/\s+/).map((id) => (id ? document.getElementById(id)?.textContent : ''));
  return texts.filter(Boolean).join(' ');
}

const onOneLine = (text) => text.replace(/\s+/g, ' ').trim();
