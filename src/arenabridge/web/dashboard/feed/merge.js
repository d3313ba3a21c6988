/**
 * A JSON merge patch (RFC 7386) applied: `null` takes away. What does not change stays the very same object.
 *
 * @param {any} target
 * @param {any} patch
 */
export function merged(target, patch) {
  if (!isObject(patch)) return patch;
  const result = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = merged(result[name], value);
  }
  return result;
}

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
