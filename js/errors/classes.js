/**
 * Every error of this package: a class to catch, a stable `code`, and a message that says what to do.
 *
 * No message holds a password or a value.
 * @module
 */

/** @import { ErrorCode } from './codes.d.ts' */

/** Marks this package's errors, whichever copy of it made them. */
const BRAND = Symbol.for('cachelib-edge.error');

/**
 * The base of all errors. Errors of misuse extend `TypeError` or `RangeError` instead, and are instances of `CacheError`
 * all the same.
 */
export class CacheError extends Error {
  /**
   * @param {string} code stable, in capitals
   * @param {string} message
   * @param {{ cause?: unknown, retryInMs?: number }} [options]
   */
  constructor(code, message, options) {
    super(message, options);
    /** @type {ErrorCode} */
    this.code = code;
    if (options?.retryInMs === undefined) return;
    /**
     * In how many milliseconds the server is tried again, where the call failed at once since it was found not to work.
     * @type {number | undefined}
     */
    this.retryInMs = options.retryInMs;
  }

  /** @param {unknown} value */
  static [Symbol.hasInstance](value) {
    if (this !== CacheError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

/** The server cannot be reached, or the connection was lost. */
export class ConnectionError extends CacheError {}
/** The connect timeout or the operation timeout passed. */
export class TimeoutError extends CacheError {}
/** The caller's signal was aborted. Its reason is the `cause`. */
export class AbortError extends CacheError {}
/** The server refuses the user, or what the user wants to do. */
export class AuthenticationError extends CacheError {}
/** The server answered with an error. */
export class ServerError extends CacheError {}
/** The server does not speak Redis's protocol. */
export class ProtocolError extends CacheError {}
/** The WebAssembly core cannot be started, or has failed. */
export class CoreError extends CacheError {}
/** A value that cannot be stored. The message names the path to it, such as `$.user.friends[3]`. */
export class SerializationError extends CacheError {
  /**
   * @param {string} message
   * @param {{ cause?: unknown }} [options]
   */
  constructor(message, options) {
    super('UNSERIALIZABLE', message, options);
  }
}
/** A stored value that cannot be read. */
export class UnreadableError extends CacheError {
  /**
   * @param {string} message
   * @param {{ className?: string, cause?: unknown }} [options] `className`: the Python class whose object it is
   */
  constructor(message, options) {
    super('UNREADABLE', message, options);
    /** @type {string | undefined} */
    this.className = options?.className;
  }
}
/** @param {string} className */
export function unlistedClass(className) {
  return new UnreadableError(
    `the stored value holds an object of the Python class ${className}: list it in the option classes of a CachelibSerializer`,
    { className },
  );
}
/** An argument or option of the wrong type. */
export class UsageTypeError extends TypeError {
  /**
   * @param {string} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    /** @type {ErrorCode} */
    this.code = code;
  }
}
/** An argument or option out of its range. */
export class UsageRangeError extends RangeError {
  /**
   * @param {string} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    /** @type {ErrorCode} */
    this.code = code;
  }
}

for (const type of [CacheError, UsageTypeError, UsageRangeError]) {
  Object.defineProperty(type.prototype, BRAND, { value: true });
}
// Written out, since minifiers rename classes.
for (const [name, type] of Object.entries({
  CacheError,
  ConnectionError,
  TimeoutError,
  AbortError,
  AuthenticationError,
  ServerError,
  ProtocolError,
  CoreError,
  SerializationError,
  UnreadableError,
})) {
  Object.defineProperty(type.prototype, 'name', {
    value: name,
    configurable: true,
    writable: true,
  });
}
