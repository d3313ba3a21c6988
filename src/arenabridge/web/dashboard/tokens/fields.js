/** What can be decided about a key, what a form says of it, and what of that is a change. Pure. */

export const COUNTS = [
  'requests_per_minute', 'tokens_per_minute', 'parallel_requests', 'requests_per_day', 'tokens_per_day', 'requests_per_month', 'tokens_per_month',
];
export const LISTS = ['allowed_models', 'denied_models', 'networks'];

/** How a client may want to be served; the first is the default. */
export const WISHES = {
  reasoning: ['reasoning_content', 'think', 'reasoning', 'off'],
  citations: ['annotations', 'footnotes', 'off'],
  pictures: ['markdown', 'data_uri', 'images', 'off'],
  role_mode: ['labelled', 'merge_system', 'strict', 'semi_strict', 'single_user'],
  trailing_user_message: ['when_needed', 'always', 'never'],
  overflow: ['error', 'trim_oldest'],
  unseen_pictures: ['refuse', 'ignore'],
  text_files: ['inline', 'refuse'],
};
export const FLAGS = ['strict', 'downscale_pictures', 'keep_bodies'];
/** At the expense of others, so for administrators. */
export const PRIORITIES = ['high', 'normal', 'low'];

const NO_LIMITS = Object.fromEntries([...COUNTS.map((name) => [name, null]), ...LISTS.map((name) => [name, []])]);
const DEFAULT_PROFILE = {
  ...Object.fromEntries(Object.entries(WISHES).map(([name, [first]]) => [name, first])),
  ...Object.fromEntries(FLAGS.map((name) => [name, false])),
  priority: 'normal',
  share: 1,
};

/** A key that nobody has decided anything about yet. */
export const NEW = { name: '', notes: '', expires_at: null, scopes: [], limits: NO_LIMITS, profile: DEFAULT_PROFILE };

/**
 * @param {Record<string, string>} entered what the form's fields say, those of boxes that are not ticked missing
 * @param {object} before the key as the form showed it
 * @param {{mayLimit: boolean, administers: boolean}} may which fields the form had
 * @returns {object} the fields of the API that differ from before, and nothing else
 */
export function changesOf(entered, before, { mayLimit, administers }) {
  const now = { name: entered.name, notes: entered.notes, profile: profileOf(entered, administers) };
  if (mayLimit) {
    now.limits = limitsOf(entered);
    now.expires_at = entered.expires_at === localTime(before.expires_at) ? before.expires_at : unixOf(entered.expires_at);
  }
  if (administers) now.scopes = entered.admin ? ['admin'] : [];
  if (entered.owner) now.owner_id = entered.owner === 'gateway' ? null : entered.owner;
  const changes = differing(now, before);
  if (changes.profile) changes.profile = differing(now.profile, before.profile);
  return changes;
}

/** Limits alone, as a person has them too: there every field is a change of its own. */
export function limitsOf(entered) {
  const lines = (name) => entered[name].split(/[\n,]/).map((line) => line.trim()).filter(Boolean);
  return Object.fromEntries([
    ...COUNTS.map((name) => [name, entered[name] ? Number(entered[name]) : null]),
    ...LISTS.map((name) => [name, lines(name)]),
  ]);
}

function profileOf(entered, administers) {
  return {
    ...Object.fromEntries(Object.keys(WISHES).map((name) => [name, entered[name]])),
    ...Object.fromEntries(FLAGS.map((name) => [name, name in entered])),
    ...(administers && { priority: entered.priority, share: Number(entered.share) || 1 }),
  };
}

/** @returns {object} of the first object what is otherwise in the second; what that has besides does not count */
export const differing = (now, before) => Object.fromEntries(Object.entries(now).filter(([name, value]) => !isSame(value, before[name])));

function isSame(one, other) {
  if (typeof one !== 'object' || one === null) return one === other;
  if (typeof other !== 'object' || other === null || (Array.isArray(one) && one.length !== other.length)) return false;
  return Object.entries(one).every(([name, value]) => isSame(value, other[name]));
}

/** In the reader's zone, as the input wants it. */
export function localTime(unix) {
  if (!unix) return '';
  const date = new Date(unix * 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const unixOf = (local) => (local ? new Date(local).getTime() / 1000 : null);
