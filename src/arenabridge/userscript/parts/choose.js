/** Choosing from one of the page's pickers: a list that a button opens, maybe with a box to search in it. */

/** Where pages keep what an option stands for. */
const ID_ATTRIBUTES = ['data-model-id', 'data-value', 'value'];

/**
 * @param {Hand} hand
 * @param {{picker: string, search: string, option: string, value: string, label: string, maker?: string}} action
 */
async function choose(hand, { picker, search, option, value, label, maker = '' }) {
  hand.signs.expectDialog(true); // the picker may be one
  const elsewhere = new Set(isExpanded(hand.one(picker)) ? [] : hand.all(search));
  const box = () => hand.all(search).find((each) => !elsewhere.has(each)) ?? null;
  try {
    await openPicker(hand, picker, box, option);
    if (box()) fillBox(box(), label);
    const chosen = await hand.patiently(() => optionOf(hand.all(option), value, label, maker));
    if (!chosen) throw new Failure('element_missing', `${option}: ${label}${ambiguity(hand.all(option), label)}`);
    press(chosen);
    await hand.until(PRESS_AGAIN_MS, () => !isOpen(hand, picker, box));
  } finally {
    closePicker(hand, picker, box);
    hand.signs.expectDialog(false);
  }
}

async function openPicker(hand, picker, box, option) {
  if (isOpen(hand, picker, box)) return;
  await hand.seek(picker);
  const before = new Set(hand.all(option));
  const opened = () => isOpen(hand, picker, box) || hand.all(option).some((each) => !before.has(each));
  await hand.pressUntil(picker, opened);
}

const isOpen = (hand, picker, box) => isExpanded(hand.one(picker)) || box() !== null;

function closePicker(hand, picker, box) {
  if (!isOpen(hand, picker, box)) return;
  const at = box() ?? document.activeElement ?? document.body;
  at.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', code: 'Escape', bubbles: true, cancelable: true }));
  const button = hand.one(picker);
  if (isExpanded(button)) press(button);
}

/**
 * @param {Element[]} options
 * @param {string} value
 * @param {string} label
 * @param {string} maker
 * @returns {Element | null} the one with this id, else the only one that says this label and can be no other's
 */
function optionOf(options, value, label, maker) {
  const identified = options.find((option) => idsOf(option).includes(value));
  if (identified) return identified;
  const likeValue = shapeOf(value);
  const unnamed = options.filter((option) => !idsOf(option).some((id) => shapeOf(id) === likeValue));
  const said = unnamed.filter((option) => says(option, label));
  const made = said.length > 1 ? said.filter((option) => says(option, maker)) : said;
  return made.length === 1 ? made[0] : null;
}

const ambiguity = (options, label) => {
  const alike = options.filter((option) => says(option, label)).length;
  return alike > 1 ? ` (${alike} are alike)` : '';
};

/** @param {Element} option */
const idsOf = (option) => ID_ATTRIBUTES.map((name) => option.getAttribute(name)).filter(Boolean);

/** Ids of one kind look alike; what pages keep beside them (a label in small letters, an index) does not. */
const shapeOf = (id) => id.replace(/[0-9a-f]/gi, 'x');

/** @param {Element} option  @param {string} label */
function says(option, label) {
  const parts = [option, ...option.querySelectorAll('*')];
  return parts.some((part) => onOneLine(part.textContent) === label);
}
