/**
 * The core's WebAssembly instance: one for all caches, made when the first of them is used. When something in it fails, its
 * memory may be inconsistent: all calls in it fail, and the next call gets a fresh instance.
 * @module
 */
import {
  __wbg_reset_state as replaceInstance,
  Core,
  initSync,
  Installation,
} from '../../pkg/core.js';
import { CacheError, CoreError } from '../errors/classes.js';

/** @import { CoreOptions } from '../options/types.js' */

/** @type {Instance | null} */
let current = null;
/** Whether the module is compiled. */
let isCompiled = false;

/**
 * The current instance. If there is none, it is made of what `load` returns.
 *
 * @param {() => BufferSource | WebAssembly.Module} load
 * @throws {CacheError} when there can be none
 */
export function instantiate(load) {
  if (current === null) {
    try {
      if (isCompiled) replaceInstance();
      const { memory } = initSync({ module: isCompiled ? new Uint8Array() : load() });
      isCompiled = true;
      current = new Instance(memory);
    } catch (cause) {
      throw cause instanceof CacheError ? cause : unavailable(cause);
    }
  }
  return current;
}

export class Instance {
  /** Called when the instance fails. @type {Set<(error: CoreError) => void>} */
  listeners = new Set();
  /** Why the instance must not be used any more. @type {CoreError | null} */
  error = null;

  /** @param {WebAssembly.Memory} memory */
  constructor(memory) {
    this.memory = memory;
  }

  /**
   * A core, whose methods return addresses of reports.
   *
   * @param {CoreOptions} options
   * @param {Installation} installation of this instance
   */
  createCore(options, installation) {
    return this.attempt(() => new Core(options, installation));
  }

  createInstallation() {
    return this.attempt(() => new Installation());
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
  }

  /**
   * Fails all calls that wait in this instance.
   *
   * @param {unknown} cause
   * @returns {CoreError}
   */
  fail(cause) {
    if (this.error !== null) return this.error;
    if (current === this) current = null;
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
 * Why there can be no instance, and what to do.
 * @type {[pattern: RegExp, advice: string][]}
 */
const ADVICE = [
  [
    /disallow|unsafe-eval|Content.Security.Policy|blocked|code generation/i,
    "code generation is forbidden here: in a page, add 'wasm-unsafe-eval' to script-src of its Content-Security-Policy; on workerd, bundle with the condition 'workerd'",
  ],
  [/memory|allocat/i, 'there is no memory for it'],
  [
    /WebAssembly is not defined/,
    'this runtime has no WebAssembly; in Node, --jitless turns it off',
  ],
];

/** @param {unknown} cause */
function unavailable(cause) {
  const [, advice] = ADVICE.find(([pattern]) => pattern.test(String(cause))) ?? [
    null,
    "its module is not the one exported as 'cachelib-edge/redis_cache.wasm', or this runtime is too old for it",
  ];
  return new CoreError('CORE_UNAVAILABLE', `the WebAssembly core cannot be started: ${advice}`, {
    cause,
  });
}
