/**
 * What each case of the suite gets.
 */

/** @import { FixtureClient } from '../support/cases.js' */

/**
 * @param {string} runtime
 * @param {any} library the package: `RedisCache` and the error classes
 */
export function preparing(runtime, library) {
  return async (/** @type {FixtureClient} */ fixtures) => {
    const addresses = await fixtures.ask('addresses');
    const context = new Context(runtime, library, fixtures, addresses);
    return { context, end: () => context.end() };
  };
}

class Context {
  /** Errors that the caches of this case have told: `{ error, operation, key }`. @type {any[]} */
  reported = [];
  /** @type {any[]} */
  #caches = [];

  /**
   * @param {string} runtime
   * @param {any} library
   * @param {FixtureClient} fixtures
   * @param {any} addresses
   */
  constructor(runtime, library, fixtures, addresses) {
    this.runtime = runtime;
    this.library = library;
    this.fixtures = fixtures;
    this.addresses = addresses;
    /** The server without a password. */
    this.url = addresses.open.url;
    const { user, userPassword, password } = addresses.credentials;
    const locked = `127.0.0.1:${addresses.locked.port}/0`;
    this.urlWithPassword = `redis://:${encodeURIComponent(password)}@${locked}`;
    this.urlWithAclUser = `redis://${encodeURIComponent(user)}:${encodeURIComponent(userPassword)}@${locked}`;
    /** Nothing listens there. */
    this.refusedUrl = addresses.refusedUrl;
  }

  /**
   * A cache that is closed when the case ends, and whose errors go to `reported`.
   *
   * @param {object} [options]
   * @param {any} [host]
   * @param {any} [Class]
   */
  makeCache = (options, host = this.url, Class = this.library.RedisCache) => {
    const onError = (/** @type {any} */ error, /** @type {any} */ about) =>
      this.reported.push({ error, ...about });
    const cache = new Class(host, { onError, ...options });
    this.#caches.push(cache);
    return cache;
  };

  /** The codes of the errors reported so far. */
  codes = () => this.reported.map(({ error }) => error.code);

  /**
   * One command on the server without a password, past the package.
   *
   * @param {...(string | number | Uint8Array)} args
   */
  raw = (...args) => this.fixtures.ask('raw', 'open', ...args);

  /**
   * The bytes of a key as hexadecimal digits.
   *
   * @param {string} key
   */
  stored = async (key) => hex(await this.raw('GET', key));

  async end() {
    await Promise.all(this.#caches.map((cache) => cache.close()));
  }
}

/** @param {Uint8Array | null} bytes */
export function hex(bytes) {
  return bytes && Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param {string} digits */
export function unhex(digits) {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** @param {number} milliseconds */
export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
