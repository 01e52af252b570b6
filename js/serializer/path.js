/**
 * Where in a value something is that cannot be stored, for error messages.
 * @module
 */
import { CoreError, SerializationError } from '../errors/classes.js';

const MAX_STEPS_SHOWN = 20;
const MAX_NAME_LENGTH = 40;

/** Why a part of a value cannot be stored; {@link locate} adds its path. */
export class Unstorable extends Error {}

/**
 * The error for the caller.
 *
 * @param {unknown} error
 * @param {(string | number | null)[]} path the keys that lead to the part; null for those that are data
 */
export function locate(error, path) {
  if (error instanceof Unstorable) {
    return new SerializationError(
      `a value cannot be stored: at ${pathText(path)} is ${error.message}`,
    );
  }
  if (error instanceof SerializationError || error instanceof CoreError) return error;
  return new SerializationError(
    `a value cannot be stored: reading it threw an error at ${pathText(path)}`,
    { cause: error },
  );
}

/** @param {(string | number | null)[]} path */
function pathText(path) {
  const shown = path.slice(0, MAX_STEPS_SHOWN).map(step).join('');
  return `$${shown}${path.length > MAX_STEPS_SHOWN ? '…' : ''}`;
}

/**
 * One step of a path, as JavaScript would write it. A key that is not a name may be anything, such as a token: it is not shown.
 *
 * @param {string | number | null} key null: a Map's key, or a Set's member
 */
function step(key) {
  if (typeof key === 'number') return `[${key}]`;
  if (key === null) return '[key]';
  if (key.length <= MAX_NAME_LENGTH && /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key)) {
    return `.${key}`;
  }
  return '[string]';
}
