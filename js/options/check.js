/**
 * Checks options by a schema: what each may be.
 * @module
 */
import { UsageRangeError, UsageTypeError } from '../errors/classes.js';

/**
 * @typedef {[expected: string, test: (value: any) => boolean]} Rule
 * @typedef {Record<string, Rule>} Schema
 */

/**
 * @param {any} options
 * @param {Schema} schema
 * @throws {TypeError | RangeError} for an unknown option, or one that is not what it must be
 */
export function check(options, schema) {
  if (!isObject(options)) {
    const type = options === null ? 'null' : typeof options;
    throw invalidOption(`options must be an object, not ${type}`);
  }
  const unknown = unknownIn(options, schema);
  if (unknown !== undefined) throw unknownOption(unknown, Object.keys(schema));
  const invalid = invalidIn(options, schema);
  if (invalid === undefined) return;
  const message = `option '${invalid}' must be ${schema[invalid]?.[0]}`;
  throw invalidOption(message, typeof options[invalid] === 'number');
}

/**
 * @param {object} options
 * @param {Schema} schema
 */
export function unknownIn(options, schema) {
  return Object.keys(options).find((name) => !Object.hasOwn(schema, name));
}

/**
 * An option that is not what it must be: they may be inherited, as from a class of the user's.
 *
 * @param {any} options
 * @param {Schema} schema
 */
export function invalidIn(options, schema) {
  return Object.keys(schema).find((name) => {
    const value = options[name];
    return value !== undefined && !schema[name]?.[1](value);
  });
}

/**
 * @param {string} message
 * @param {boolean} [isRange] whether it is a number that is out of range
 */
export function invalidOption(message, isRange = false) {
  return new (isRange ? UsageRangeError : UsageTypeError)('INVALID_OPTION', message);
}

/**
 * @param {string} name
 * @param {string[]} known
 */
function unknownOption(name, known) {
  const plain = name.replaceAll('_', '').toLowerCase();
  const meant = known.find((option) => option.toLowerCase() === plain);
  const advice = meant ? `did you mean '${meant}'?` : `the options are ${known.join(', ')}`;
  return invalidOption(`unknown option '${name}': ${advice}`);
}

/**
 * @param {any} value
 * @returns {boolean}
 */
export function isObject(value) {
  return typeof value === 'object' && value !== null;
}
