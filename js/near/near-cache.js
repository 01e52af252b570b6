/**
 * The near cache: stored bytes in memory, before Redis, for a short time. It belongs to no I/O context, as plain bytes may be shared:
 * on workerd it lives as long as the isolate.
 * @module
 */
import { GET, GET_DICT, GET_MANY, HAS } from '../core/operations.js';
import { keyText } from '../core/records.js';
import { ALL, changedKeys } from '../layer/flights.js';
import { LOAD, READ, STORE, TOUCH } from '../layer/operations.js';
import { send } from '../methods.js';
import { NearReads } from './reads.js';
import { NearStore } from './store.js';

/** @import { ManyKeys } from '../call.js' */
/** @import { Operation } from '../core/operations.js' */
/** @import { DriverRegistry } from '../io-context/registry.js' */
/** @import { CallSettings, NearSettings, Serializer, Settings } from '../options/types.js' */
/** @import { CachelibSerializer } from '../serializer/cachelib.js' */
/** @import { Sockets } from '../core/sockets.js' */
/** @import { Tracking } from './tracking.js' */

/**
 * @typedef {object} Invocation What a call of a cache consists of, as of `callWith`.
 * @property {CallSettings} settings
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
  #store = new NearStore();
  #reads;
  /** Makes what tells which keys change; undefined until that is asked for. @type {((sockets: Sockets) => Tracking) | undefined} */
  #track;

  /** @param {DriverRegistry} registry */
  constructor(registry) {
    this.#registry = registry;
    this.#reads = new NearReads(registry, this.#store, (invocation) => this.#send(invocation));
  }

  /**
   * Takes what one of its caches asks for. It keeps as much as any of them wants.
   *
   * @param {Settings} settings
   * @param {NearSettings} near
   * @throws {TypeError} where `tracking` is not possible
   */
  configure(settings, near) {
    if (near.tracking) this.#track ??= this.#trackerFor(settings);
    this.#store.maxBytes = Math.max(this.#store.maxBytes, near.maxBytes);
  }

  /** @param {Settings} settings */
  #trackerFor(settings) {
    const { keyPrefix } = settings;
    const prefix = typeof keyPrefix === 'string' ? keyPrefix : '';
    this.#reads.trackedPrefix = prefix;
    return this.#registry.trackerOf({ prefix, settings, store: this.#store });
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
    if (near === undefined || settings.signal?.aborted) return this.#change(invocation);
    const space = near.tracking ? this.#trackedSpace(settings) : '';
    if (space === undefined) return this.#change(invocation);
    switch (operation) {
      case GET:
      case READ:
        return this.#reads.get(invocation, near, space, 0);
      case LOAD:
        return this.#reads.get(invocation, near, space, invocation.timeout);
      case HAS:
        return this.#reads.has(invocation, near, space);
      case GET_MANY:
      case GET_DICT:
        return this.#reads.getMany(invocation, near, space);
      default:
        return this.#change(invocation);
    }
  }

  /**
   * The space of the values that may be used in the I/O context in which code runs now, as of `Tracking.check`. There is none before
   * its first call.
   *
   * @param {Settings} settings
   */
  #trackedSpace({ context }) {
    const sockets = this.#registry.find(context)?.sockets;
    if (sockets === undefined) return undefined;
    const track = /** @type {(sockets: Sockets) => Tracking} */ (this.#track);
    return /** @type {Tracking} */ (sockets.observer ??= track(sockets)).check();
  }

  /**
   * Makes a call that the near cache does not answer. What it changes is evicted before it, so that the next read comes after it, and
   * after it, since reads over other connections may have come before it.
   *
   * @param {Invocation} invocation
   */
  async #change(invocation) {
    const { operation, settings, keys } = invocation;
    const changed = evictedKeys(operation, settings.keyPrefix, keys);
    this.#evict(changed);
    try {
      return await this.#send(invocation);
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
