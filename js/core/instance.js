/**
 * The core's WebAssembly instance: one for all caches, made when the first of them is used. When something in it fails, its
 * memory may be inconsistent: all calls in it fail, and the next call gets a fresh instance.
 * @module
 */
import { CacheError, CoreError } from '../errors/classes.js';

/** @import { Core, Installation } from '../../pkg/core.js' */
/** @import { CoreOptions } from '../options/types.js' */

/** More bytes of memory than this are not kept while nothing uses them. */
const LARGE = 16 << 20;

/**
 * The options in the order in which src/wasm/options.rs reads them.
 * @type {(keyof CoreOptions)[]}
 */
const FIELDS = [
  'database',
  'connectTimeout',
  'maxRetries',
  'retryWrites',
  'failFast',
  'mode',
  'seeds',
  'maxConnections',
  'preferReplica',
  'preferHostnames',
  'maxQueuedBytes',
  'connectLinger',
  'username',
  'password',
  'clientName',
  'masterName',
  'sentinelUsername',
  'sentinelPassword',
];

/**
 * @typedef {object} Glue What wasm-bindgen makes for a module, which has one instance at a time.
 * @property {(options: { module: any }) => { memory: WebAssembly.Memory }} initSync
 * @property {() => void} replaceInstance
 * @property {new (options: any, installation: Installation) => Core} Core
 * @property {new () => Installation} Installation
 */

/** One build of the core, with the instance that is in use. */
export class CoreModule {
  /** @type {Instance | null} */
  #current = null;
  /** Whether it is compiled. */
  #isCompiled = false;

  /** @param {Glue} glue */
  constructor(glue) {
    this.glue = glue;
  }

  /**
   * The current instance. If there is none, it is made of what `load` returns.
   *
   * @param {() => WebAssembly.Module} load
   * @throws {CacheError} when there can be none
   */
  instantiate(load) {
    if (this.#current === null) {
      try {
        this.#start(load);
      } catch (cause) {
        throw cause instanceof CacheError ? cause : unavailable(cause);
      }
    }
    return /** @type {Instance} */ (this.#current);
  }

  /**
   * Makes a fresh instance. The one before is freed with the last that refers to it.
   *
   * @param {() => WebAssembly.Module} [load] called once: the glue keeps the compiled module
   */
  #start(load) {
    const { initSync, replaceInstance } = this.glue;
    if (this.#isCompiled) replaceInstance();
    const { memory } = initSync({ module: this.#isCompiled || load?.() });
    this.#isCompiled = true;
    this.#current = new Instance(this, memory);
  }

  /**
   * Does not use an instance any more.
   *
   * @param {Instance} instance
   * @param {boolean} isReplaced at once
   */
  retire(instance, isReplaced) {
    if (this.#current !== instance) return;
    if (isReplaced) this.#start();
    else this.#current = null;
  }
}

export class Instance {
  /** Called when the instance fails. @type {Set<(error: CoreError) => void>} */
  listeners = new Set();
  /** Why the instance must not be used any more. @type {CoreError | null} */
  error = null;
  #module;
  /** How many cores there are in it. */
  #cores = 0;

  /**
   * @param {CoreModule} module
   * @param {WebAssembly.Memory} memory
   */
  constructor(module, memory) {
    this.#module = module;
    this.memory = memory;
  }

  /**
   * A core, whose methods return addresses of reports.
   *
   * @param {CoreOptions} options
   * @param {Installation} installation of this instance
   */
  createCore(options, installation) {
    const core = this.makeCore(options, installation);
    this.#cores++;
    return core;
  }

  /**
   * A core that does not keep the instance: one without connections.
   *
   * @param {CoreOptions} options
   * @param {Installation} installation of this instance
   */
  makeCore(options, installation) {
    const values = FIELDS.map((field) => options[field]);
    return this.attempt(() => new this.#module.glue.Core(values, installation));
  }

  createInstallation() {
    return this.attempt(() => new this.#module.glue.Installation());
  }

  /**
   * Calls the core: whatever it throws fails the instance.
   *
   * @template T
   * @param {() => T} action
   */
  attempt(action) {
    try {
      return action();
    } catch (cause) {
      throw this.fail(cause);
    }
  }

  /** @param {Core} core */
  free(core) {
    if (this.error === null) core.free();
    this.#cores--;
    if (this.#cores === 0 && this.isLarge) this.#module.retire(this, true);
  }

  /** Whether it takes more memory than most that caches do needs. */
  get isLarge() {
    return this.memory.buffer.byteLength > LARGE;
  }

  /**
   * Fails all calls that wait in this instance.
   *
   * @param {unknown} cause
   * @returns {CoreError}
   */
  fail(cause) {
    if (this.error !== null) return this.error;
    this.#module.retire(this, false);
    this.error = new CoreError(
      'CORE_FAILED',
      'the WebAssembly core failed, and is replaced for the next call: please report this with its cause',
      { cause },
    );
    for (const listener of [...this.listeners]) listener(this.error);
    return this.error;
  }
}

/**
 * @param {unknown} cause
 * @param {string} [advice] what to do about it
 */
export function unavailable(
  cause,
  advice = /memory|allocat/i.test(String(cause))
    ? 'there is no memory for it'
    : "its module is not 'cachelib-edge/redis_cache.wasm', or this runtime is too old",
) {
  const message = `the WebAssembly core cannot be started: ${advice}`;
  return new CoreError('CORE_UNAVAILABLE', message, { cause });
}
