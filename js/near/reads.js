/**
 * Reads that are answered from memory, and what those find that ask Redis.
 * @module
 */
import { Call } from '../call.js';
import { now } from '../core/clock.js';
import { Counters } from '../core/counters.js';
import { Found } from '../core/found.js';
import { GET } from '../core/operations.js';
import { keyText } from '../core/records.js';
import { LOAD, TTL } from '../layer/operations.js';
import { INTERNAL } from '../layer/keys.js';
import { raw } from '../serializer/raw.js';
import { StoredDecoder } from './decoder.js';

/** @import { CacheError } from '../errors/classes.js' */
/** @import { Operation } from '../core/operations.js' */
/** @import { DriverRegistry } from '../io-context/registry.js' */
/** @import { CallSettings, Key, NearSettings, Settings } from '../options/types.js' */
/** @import { Invocation } from './near-cache.js' */
/** @import { Entry, NearStore } from './store.js' */

/**
 * @typedef {object} Read A read that is in flight.
 * @property {string} id of the entry that keeps what it finds
 * @property {string} space
 * @property {number} version NaN: what it finds is not kept
 * @property {number} readAt
 */

/** @type {(name: 'get' | 'getOrSet') => Operation} */
const loadFor = (name) => ({ ...LOAD, name, missing: null, isRead: false });
const LOAD_FOR_GET = loadFor('get');
const LOAD_FOR_GET_OR_SET = loadFor('getOrSet');

export class NearReads {
  /** The prefix of the keys whose changes are told, where that is asked for. */
  trackedPrefix = '';
  #store;
  #send;
  #decoder;

  /**
   * @param {DriverRegistry} registry
   * @param {NearStore} store
   * @param {(invocation: Invocation) => Promise<any>} send makes a call of Redis
   */
  constructor(registry, store, send) {
    this.#store = store;
    this.#send = send;
    this.#decoder = new StoredDecoder(registry.installation, () => registry.instance);
  }

  /**
   * @param {Invocation} invocation
   * @param {NearSettings} near
   * @param {string} space of the entries that may be used
   * @param {number} above a value that lives for no longer than so many seconds is stale
   */
  get({ settings, serializer, operation, keys }, near, space, above) {
    const id = space + settings.keyPrefix + keyText(keys);
    const entry = this.#find(id, near, space, above);
    if (entry !== undefined) settings.counters.nearHits++;
    if (entry?.value !== undefined && serializer === null) return answer(settings, entry.value);
    const { promise, resolve } = withResolver();
    const made = new Call(resolve, settings, operation, keys, serializer, null);
    if (entry === undefined) {
      void this.#fetch(made, settings, this.#beginRead(id, near, space), above);
      return promise;
    }
    const errors = /** @type {CacheError[]} */ ([]);
    complete(made, this.#valueOf(made, id, entry, errors), errors);
    return promise;
  }

  /**
   * Completes a call with what Redis has.
   *
   * @param {Call} made
   * @param {CallSettings} settings its own
   * @param {Read} read
   * @param {number} above as of `get`
   */
  async #fetch(made, settings, read, above) {
    const { operation } = made;
    try {
      const found = await this.#load(made, settings);
      // The failure has been reported.
      if (found === undefined) return made.resolve(operation.fallback);
      if (found === null) {
        this.#store.remove(read.id);
        return made.answer(operation.missing);
      }
      const [stored, ttl] = found instanceof Found ? [found.value, found.ttl] : [found, Infinity];
      this.#keep(read, stored, ttl);
      const errors = /** @type {CacheError[]} */ ([]);
      const value = this.#decoder.read(made, stored, errors);
      if (above === 0 || ttl > above * 1000) complete(made, value, errors);
      else made.find(new Found(ttl, null), value, errors);
    } catch (error) {
      made.reject(error);
    }
  }

  /**
   * The stored bytes of a call's key, and how long it lives.
   *
   * @param {Call} made
   * @param {CallSettings} settings its own
   * @returns {Promise<Found | Uint8Array | null | undefined>} bytes that never expire, null when it is missing, undefined when the
   *   backend fails
   */
  #load({ operation, key }, settings) {
    return this.#send({
      settings,
      serializer: raw,
      operation: operation === GET ? LOAD_FOR_GET : LOAD_FOR_GET_OR_SET,
      keys: key,
      value: undefined,
      timeout: Infinity,
      many: null,
    });
  }

  /**
   * Whether a key exists. What `get` would answer from here exists, so that the two agree.
   *
   * @param {Invocation} invocation
   * @param {NearSettings} near
   * @param {string} space as of `get`
   */
  has(invocation, near, space) {
    const { settings, keys } = invocation;
    const id = space + settings.keyPrefix + keyText(keys);
    if (this.#find(id, near, space, 0) === undefined) return this.#send(invocation);
    settings.counters.nearHits++;
    return Promise.resolve(true);
  }

  /**
   * @param {Invocation} invocation
   * @param {NearSettings} near
   * @param {string} space as of `get`
   */
  async getMany(invocation, near, space) {
    const { settings, serializer, operation, keys, many } = invocation;
    const { promise, resolve } = withResolver();
    const made = new Call(resolve, settings, operation, undefined, serializer, many);
    const errors = /** @type {CacheError[]} */ ([]);
    /** @type {string[]} */
    const ids = keys.map((/** @type {Key} */ key) => space + settings.keyPrefix + keyText(key));
    const values = ids.map((id) => {
      const entry = this.#find(id, near, space, 0);
      return entry && this.#valueOf(made, id, entry, errors);
    });
    const missing = [...ids.keys()].filter((index) => values[index] === undefined);
    settings.counters.nearHits += ids.length - missing.length;
    const reads = missing.map((at) =>
      this.#beginRead(/** @type {string} */ (ids[at]), near, space),
    );
    const fetched = await this.#loadMany(invocation, missing, reads);
    if (fetched === null && missing.length === ids.length) return many?.fallback;
    for (const [at, index] of missing.entries()) {
      const stored = fetched?.[at];
      values[index] = stored ? this.#decoder.read(made, stored, errors) : null;
    }
    made.answerAll(values, errors);
    return promise;
  }

  /**
   * The stored bytes of those of the keys that are missing here.
   *
   * @param {Invocation} invocation
   * @param {number[]} missing indices
   * @param {Read[]} reads one for each
   * @returns {Promise<(Uint8Array | null)[] | null>} null when the backend fails, which has been reported
   */
  async #loadMany(invocation, missing, reads) {
    if (missing.length === 0) return [];
    const { keys, operation, settings } = invocation;
    const names = missing.map((index) => keys[index]);
    // In this order, as in src/cache/operation/load.rs.
    const ttls = Promise.all(names.map((key) => this.#ttlOf(settings, key)));
    const values = await this.#send({
      ...invocation,
      serializer: raw,
      operation: { ...operation, isRead: false },
      keys: names,
      many: { finish: (stored) => stored, fallback: null },
    });
    if (values === null) return null;
    for (const [at, ttl] of (await ttls).entries()) {
      const read = /** @type {Read} */ (reads[at]);
      if (values[at] === null) this.#store.remove(read.id);
      else if (ttl !== null) this.#keep(read, values[at], ttl);
    }
    return values;
  }

  /**
   * How long a key lives, in milliseconds; null when that is not known. Nobody is told of a failure: the value need not be kept.
   *
   * @param {CallSettings} settings
   * @param {Key} keys
   * @returns {Promise<number | null>}
   */
  async #ttlOf(settings, keys) {
    const own = { onError: () => {}, throwOnError: false, counters: new Counters() };
    const rest = { serializer: null, operation: TTL, value: undefined, timeout: 0, many: null };
    try {
      const ttl = await this.#send({ settings: { ...settings, ...own }, keys, ...rest });
      return ttl === -1 ? Infinity : Number(ttl);
    } catch {
      return null;
    }
  }

  // ---- What is kept

  /**
   * The entry of a key, unless it may be too old.
   *
   * @param {string} id
   * @param {NearSettings} near
   * @param {string} space
   * @param {number} above the key must live for longer than so many seconds
   */
  #find(id, near, space, above) {
    const entry = this.#store.find(space, id);
    if (entry === undefined || !this.#isTold(id, near, space)) return undefined;
    const time = now();
    const isYoung = time < entry.readAt + near.timeout * 1000;
    return isYoung && time + above * 1000 < entry.expiresAt ? entry : undefined;
  }

  /**
   * The value of an entry, as `StoredDecoder.read` has it. What nobody can change is read but once.
   *
   * @param {Call} made
   * @param {string} id
   * @param {Entry} entry
   * @param {CacheError[]} errors gets one if it is unreadable
   */
  #valueOf(made, id, entry, errors) {
    const { stored, value: known } = entry;
    if (made.serializer !== null) return this.#decoder.read(made, stored, errors);
    if (known !== undefined) return known;
    const before = errors.length;
    const value = this.#decoder.read(made, stored, errors);
    // How much memory a large bigint takes is not known.
    const isPlain = !/object|bigint/.test(typeof value);
    if (isPlain && errors.length === before) this.#store.keepValue(id, entry, value);
    return value;
  }

  /**
   * @param {string} id
   * @param {NearSettings} near
   * @param {string} space
   * @returns {Read}
   */
  #beginRead(id, near, space) {
    const isKept = !INTERNAL.test(id) && this.#isTold(id, near, space);
    return { id, space, version: isKept ? this.#store.versionOf(id) : NaN, readAt: now() };
  }

  /**
   * Whether it would be told that a key has changed, where it is to be.
   *
   * @param {string} id
   * @param {NearSettings} near
   * @param {string} space
   */
  #isTold(id, near, space) {
    return !near.tracking || id.startsWith(this.trackedPrefix, space.length);
  }

  /**
   * @param {Read} read
   * @param {Uint8Array} stored
   * @param {number} ttl how long the key lives, in milliseconds
   */
  #keep({ id, space, version, readAt }, stored, ttl) {
    this.#store.keep(id, { space, stored, readAt, expiresAt: readAt + ttl }, version);
  }
}

function withResolver() {
  /** @type {(value: any) => void} */
  let resolve = () => {};
  const promise = new Promise((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/**
 * Answers a call for one key.
 *
 * @param {Settings} settings
 * @param {unknown} value
 */
function answer({ counters }, value) {
  counters.countValue(value);
  return Promise.resolve(value);
}

/**
 * Completes a call for one key.
 *
 * @param {Call} made
 * @param {any} value as of `StoredDecoder.read`
 * @param {CacheError[]} errors
 */
function complete(made, value, [error]) {
  if (error !== undefined) made.fail(error);
  else if (made.serializer === null) made.answer(value);
  else made.load(value);
}
