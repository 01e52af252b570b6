/**
 * The near cache: stored bytes in memory, before Redis, for a short time. It belongs to no I/O context, as plain bytes may be shared:
 * on workerd it lives as long as the isolate.
 * @module
 */
import { resolvePrefix } from '../arguments.js';
import { Call, reportError } from '../call.js';
import { now } from '../core/clock.js';
import { Counters } from '../core/counters.js';
import { GET, GET_DICT, GET_MANY, HAS } from '../core/operations.js';
import { keyText } from '../core/records.js';
import { ALL, changedKeys } from '../layer/flights.js';
import { Found } from '../layer/found.js';
import { LOAD, READ, STORE, TOUCH, TTL } from '../layer/operations.js';
import { INTERNAL } from '../layer/small-methods.js';
import { send } from '../methods.js';
import { raw } from '../serializer/raw.js';
import { StoredDecoder } from './decoder.js';
import { NearStore } from './store.js';

/** @import { ManyKeys } from '../call.js' */
/** @import { CacheError } from '../errors/classes.js' */
/** @import { Operation } from '../core/operations.js' */
/** @import { DriverRegistry } from '../io-context/registry.js' */
/** @import { Key, NearSettings, Serializer, Settings } from '../options/types.js' */
/** @import { CachelibSerializer } from '../serializer/cachelib.js' */
/** @import { Tracking } from './tracking.js' */

/** @type {(name: 'get' | 'getOrSet') => Operation} */
const loadFor = (name) => ({ ...LOAD, name, missing: null, isRead: false });
const LOAD_FOR_GET = loadFor('get');
const LOAD_FOR_GET_OR_SET = loadFor('getOrSet');

/**
 * @typedef {object} Invocation What a call of a cache consists of, as of `callWith`.
 * @property {Settings} settings
 * @property {Serializer | CachelibSerializer | null} serializer
 * @property {Operation} operation
 * @property {any} keys
 * @property {unknown} value
 * @property {number} timeout
 * @property {ManyKeys | null} many
 */

/** The near cache of a cache and all its views. */
export class NearCache {
  #registry;
  #decoder;
  #store = new NearStore();
  /** What tells which keys change; undefined until that is asked for. @type {Tracking | undefined} */
  #tracking;

  /** @param {DriverRegistry} registry */
  constructor(registry) {
    this.#registry = registry;
    this.#decoder = new StoredDecoder(registry.installation, () => registry.instance);
  }

  /**
   * Takes what one of its caches asks for. It keeps as much as any of them wants.
   *
   * @param {Settings} settings
   * @param {NearSettings} near
   */
  configure(settings, near) {
    if (near.tracking) this.#tracking ??= this.#track(settings);
    this.#store.maxBytes = Math.max(this.#store.maxBytes, near.maxBytes);
  }

  /** @param {Settings} settings */
  #track(settings) {
    const { keyPrefix } = settings;
    return this.#registry.track(typeof keyPrefix === 'string' ? keyPrefix : '', {
      changed: (key) => this.#store.evict(key),
      lost: () => this.#store.clear(),
      failed: (error) => reportError(settings, error, 'near'),
    });
  }

  close() {
    this.#tracking?.close();
  }

  /**
   * Answers a call, or makes it.
   *
   * @param {Invocation} invocation
   * @returns {Promise<any>}
   */
  call(invocation) {
    const { operation, settings } = invocation;
    const { near } = settings;
    const isUsed = near !== undefined && !settings.signal?.aborted;
    if (!isUsed || (near.tracking && !this.#tracking?.check())) return this.#change(invocation);
    switch (operation) {
      case GET:
      case READ:
        return this.#get(invocation, near, 0);
      case LOAD:
        return this.#get(invocation, near, invocation.timeout);
      case HAS:
        return this.#has(invocation, near);
      case GET_MANY:
      case GET_DICT:
        return this.#getMany(invocation, near);
      default:
        return this.#change(invocation);
    }
  }

  // ---- Reads

  /**
   * @param {Invocation} invocation
   * @param {NearSettings} near
   * @param {number} above a value that lives for no longer than so many seconds is stale
   */
  #get(invocation, near, above) {
    const { settings, serializer, operation, keys } = invocation;
    const prefix = resolvePrefix(settings.keyPrefix);
    const key = prefix + keyText(keys);
    const stored = this.#find(key, near, above);
    /** @type {(value: any) => void} */
    let resolve = () => {};
    const promise = new Promise((settle) => {
      resolve = settle;
    });
    const made = new Call(resolve, settings, operation, keys, serializer, null);
    if (stored === undefined) void this.#fetch(made, prefix, key, above);
    else this.#hit(made, stored);
    return promise;
  }

  /**
   * @param {Call} made
   * @param {Uint8Array} stored
   */
  #hit(made, stored) {
    made.settings.counters.nearHits++;
    this.#decoder.complete(made, stored);
  }

  /**
   * Completes a call with what Redis has.
   *
   * @param {Call} made
   * @param {string} prefix
   * @param {string} key with its prefix
   * @param {number} above as of `#get`
   */
  async #fetch(made, prefix, key, above) {
    const { operation } = made;
    const read = this.#beginRead(key, made.settings.near);
    try {
      const found = await this.#load(made, prefix);
      // The failure has been reported.
      if (found === undefined) return made.resolve(operation.fallback);
      if (found === null) {
        this.#store.remove(key);
        return made.answer(operation.missing);
      }
      const [stored, ttl] = found instanceof Found ? [found.value, found.ttl] : [found, Infinity];
      this.#keep(read, stored, ttl);
      if (above === 0 || ttl > above * 1000) return this.#decoder.complete(made, stored);
      const errors = /** @type {CacheError[]} */ ([]);
      made.find(new Found(ttl, null), this.#decoder.read(made, stored, errors), errors);
    } catch (error) {
      made.reject(error);
    }
  }

  /**
   * The stored bytes of a call's key, and how long it lives.
   *
   * @param {Call} made
   * @param {string} prefix
   * @returns {Promise<Found | Uint8Array | null | undefined>} bytes that never expire, null when it is missing, undefined when the
   *   backend fails
   */
  #load({ operation, settings, key }, prefix) {
    return this.#send({
      settings: withPrefix(settings, prefix),
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
   */
  #has(invocation, near) {
    const { settings, keys } = invocation;
    const prefix = resolvePrefix(settings.keyPrefix);
    if (this.#find(prefix + keyText(keys), near, 0) === undefined) {
      return this.#send({ ...invocation, settings: withPrefix(settings, prefix) });
    }
    settings.counters.nearHits++;
    return Promise.resolve(true);
  }

  /**
   * @param {Invocation} invocation
   * @param {NearSettings} near
   */
  async #getMany(invocation, near) {
    const { settings, serializer, operation, keys, many } = invocation;
    const prefix = resolvePrefix(settings.keyPrefix);
    const full = keys.map((/** @type {Key} */ key) => prefix + keyText(key));
    /** @type {(Uint8Array | null | undefined)[]} */
    const stored = full.map((/** @type {string} */ key) => this.#find(key, near, 0));
    /** @type {(value: any) => void} */
    let resolve = () => {};
    const promise = new Promise((settle) => {
      resolve = settle;
    });
    const made = new Call(resolve, settings, operation, undefined, serializer, many);
    const missing = [...full.keys()].filter((index) => stored[index] === undefined);
    settings.counters.nearHits += full.length - missing.length;
    const fixed = withPrefix(settings, prefix);
    const fetched = await this.#loadMany({ ...invocation, settings: fixed }, full, missing);
    if (fetched === null && missing.length === full.length) return many?.fallback;
    for (const [at, index] of missing.entries()) stored[index] = fetched?.[at];
    const errors = /** @type {CacheError[]} */ ([]);
    const items = stored.map((bytes) => this.#decoder.read(made, bytes ?? null, errors));
    made.answerAll(items, errors);
    return promise;
  }

  /**
   * The stored bytes of those of the keys that are missing here.
   *
   * @param {Invocation} invocation
   * @param {string[]} full the keys with their prefix
   * @param {number[]} missing indices
   * @returns {Promise<(Uint8Array | null)[] | null>} null when the backend fails, which has been reported
   */
  async #loadMany(invocation, full, missing) {
    if (missing.length === 0) return [];
    const { keys, operation } = invocation;
    const names = missing.map((index) => keys[index]);
    const { near } = invocation.settings;
    const reads = missing.map((index) =>
      this.#beginRead(/** @type {string} */ (full[index]), near),
    );
    // In this order, as in src/cache/operation/load.rs.
    const ttls = Promise.all(names.map((key) => this.#ttlOf(invocation.settings, key)));
    const many = { finish: (/** @type {any} */ values) => values, fallback: null };
    const values = await this.#send({
      ...invocation,
      serializer: raw,
      operation: { ...operation, isRead: false },
      keys: names,
      many,
    });
    if (values === null) return null;
    for (const [at, ttl] of (await ttls).entries()) {
      const read = /** @type {Read} */ (reads[at]);
      if (values[at] === null) this.#store.remove(read.key);
      else if (ttl !== null) this.#keep(read, values[at], ttl);
    }
    return values;
  }

  /**
   * How long a key lives, in milliseconds; null when that is not known. Nobody is told of a failure: the value need not be kept.
   *
   * @param {Settings} settings
   * @param {Key} keys
   * @returns {Promise<number | null>}
   */
  async #ttlOf(settings, keys) {
    const own = { onError: () => {}, throwOnError: false, counters: new Counters() };
    const rest = { serializer: null, operation: TTL, value: undefined, timeout: 0, many: null };
    try {
      const ttl = await this.#send({ settings: { ...settings, ...own }, keys, ...rest });
      return ttl === -1 ? Infinity : ttl;
    } catch {
      return null;
    }
  }

  // ---- What is kept

  /**
   * The stored bytes of a key, unless they may be too old.
   *
   * @param {string} key with its prefix
   * @param {NearSettings} near
   * @param {number} above the key must live for longer than so many seconds
   */
  #find(key, near, above) {
    const entry = this.#store.find(key);
    if (entry === undefined || !this.#covers(key, near)) return undefined;
    const time = now();
    const isYoung = time < entry.readAt + near.timeout * 1000;
    return isYoung && time + above * 1000 < entry.expiresAt ? entry.stored : undefined;
  }

  /**
   * @typedef {object} Read A read that is in flight.
   * @property {string} key with its prefix
   * @property {number} version NaN: it is not kept
   * @property {number} readAt
   *
   * @param {string} key with its prefix
   * @param {NearSettings | undefined} near
   * @returns {Read}
   */
  #beginRead(key, near) {
    const isKept = !INTERNAL.test(key) && this.#covers(key, near);
    return { key, version: isKept ? this.#store.versionOf(key) : NaN, readAt: now() };
  }

  /**
   * Whether it would be told that a key has changed, where it is to be.
   *
   * @param {string} key
   * @param {NearSettings | undefined} near
   */
  #covers(key, near) {
    return !near?.tracking || this.#tracking?.covers(key) === true;
  }

  /**
   * @param {Read} read
   * @param {Uint8Array} stored
   * @param {number} ttl how long the key lives, in milliseconds
   */
  #keep({ key, version, readAt }, stored, ttl) {
    this.#store.keep(key, { stored, readAt, expiresAt: readAt + ttl }, version);
  }

  // ---- Changes

  /**
   * Makes a call that the near cache does not answer. What it changes is evicted before it, so that the next read comes after it, and
   * after it, since reads over other connections may have come before it.
   *
   * @param {Invocation} invocation
   */
  async #change(invocation) {
    const { operation, keys } = invocation;
    const prefix = resolvePrefix(invocation.settings.keyPrefix);
    const changed = evictedKeys(operation, prefix, keys);
    const settings = withPrefix(invocation.settings, prefix);
    this.#evict(changed);
    try {
      return await this.#send({ ...invocation, settings });
    } finally {
      this.#evict(changed);
    }
  }

  /** @param {string[] | typeof ALL} keys with their prefix */
  #evict(keys) {
    if (keys === ALL) this.#store.clear();
    else for (const key of keys) this.#store.evict(key);
  }

  /** @param {Invocation} invocation */
  #send({ settings, serializer, operation, keys, value, timeout, many }) {
    return send(this.#registry, settings, serializer, operation, keys, value, timeout, many);
  }
}

/**
 * Settings for a call whose prefix has been asked for: a function is called once for each.
 *
 * @param {Settings} settings
 * @param {string} prefix
 */
function withPrefix(settings, prefix) {
  return settings.keyPrefix === prefix ? settings : { ...settings, keyPrefix: prefix };
}

/**
 * @param {Operation} operation
 * @param {string} prefix
 * @param {any} keys as of `callWith`
 */
function evictedKeys(operation, prefix, keys) {
  // Runs are not to be forgotten for these.
  if (operation === STORE) return [prefix + keys.key];
  if (operation === TOUCH) return [prefix + keyText(keys)];
  return changedKeys(operation, prefix, keys);
}

/**
 * Turns the near cache of a cache on, or gives it what a view asks for.
 *
 * @param {DriverRegistry} registry
 * @param {Settings} settings
 * @throws {TypeError} where `tracking` is not possible
 */
export function enableNear(registry, settings) {
  const { near } = settings;
  if (near === undefined) return;
  const cache = registry.near ?? new NearCache(registry);
  cache.configure(settings, near);
  registry.near = cache;
}
