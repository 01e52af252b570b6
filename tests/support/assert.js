/**
 * Assertions that run in every runtime, without `node:assert`.
 */

/** @param {unknown} condition @param {string} [message] */
export function ok(condition, message = 'expected a true value') {
  if (!condition) throw new AssertionError(`${message}, got ${show(condition)}`);
}

/**
 * The same values by `Object.is`, with the same types, keys (in any order) and items (in order).
 *
 * @param {unknown} actual
 * @param {unknown} expected
 * @param {string} [message]
 */
export function equal(actual, expected, message = '') {
  const path = difference(actual, expected, '$');
  if (path === null) return;
  throw new AssertionError(
    `${message || 'not equal'} at ${path}: ${show(actual)}, expected ${show(expected)}`,
  );
}

/**
 * @param {Promise<unknown> | (() => Promise<unknown>)} action
 * @param {(error: any) => void} check
 */
export async function rejects(action, check) {
  let value;
  try {
    value = await (typeof action === 'function' ? action() : action);
  } catch (error) {
    check(error);
    return;
  }
  throw new AssertionError(`expected a rejection, got ${show(value)}`);
}

/** @param {() => unknown} action @param {(error: any) => void} check */
export function throws(action, check) {
  let value;
  try {
    value = action();
  } catch (error) {
    check(error);
    return;
  }
  throw new AssertionError(`expected an exception, got ${show(value)}`);
}

class AssertionError extends Error {
  name = 'AssertionError';
}

/**
 * @param {any} actual
 * @param {any} expected
 * @param {string} path
 * @returns {string | null} where they first differ
 */
function difference(actual, expected, path) {
  if (Object.is(actual, expected)) return null;
  if (typeof actual !== 'object' || typeof expected !== 'object' || !actual || !expected) {
    return path;
  }
  if (Object.getPrototypeOf(actual) !== Object.getPrototypeOf(expected)) return path;
  if (actual instanceof Date) return Object.is(+actual, +expected) ? null : path;
  if (actual instanceof Set) return difference([...actual], [...expected], path);
  if (actual instanceof Map) return difference([...actual], [...expected], path);
  return differentProperty(actual, expected, path);
}

/**
 * @param {any} actual
 * @param {any} expected
 * @param {string} path
 */
function differentProperty(actual, expected, path) {
  if (actual.length !== expected.length) return `${path}.length`;
  if (ArrayBuffer.isView(actual)) {
    const index = /** @type {any} */ (actual).findIndex(
      (/** @type {any} */ item, /** @type {number} */ at) => item !== expected[at],
    );
    return index < 0 ? null : `${path}[${index}]`;
  }
  const keys = Object.keys(actual);
  if (keys.length !== Object.keys(expected).length) return path;
  for (const key of keys) {
    if (!Object.hasOwn(expected, key)) return `${path}.${key}`;
    const found = difference(actual[key], expected[key], `${path}.${key}`);
    if (found !== null) return found;
  }
  return null;
}

const LONGEST_SHOWN = 300;

/** @param {any} value @returns {string} */
export function show(value) {
  const text = plain(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

/** @param {any} value @returns {string} */
function plain(value) {
  if (Object.is(value, -0)) return '-0';
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return JSON.stringify(value.slice(0, LONGEST_SHOWN));
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (ArrayBuffer.isView(value)) {
    return `${value.constructor.name}(${value.byteLength})[${/** @type {any} */ (value).slice(0, 40)}]`;
  }
  if (value instanceof Map || value instanceof Set) {
    return `${value.constructor.name}(${plain([...value])})`;
  }
  if (Array.isArray(value)) return `[${value.slice(0, 50).map(plain).join(', ')}]`;
  if (value instanceof Date) return `Date(${+value})`;
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).slice(0, 50);
  return `{ ${entries.map(([key, item]) => `${key}: ${plain(item)}`).join(', ')} }`;
}
