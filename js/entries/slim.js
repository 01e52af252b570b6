/**
 * The entry without WebAssembly. It needs the module that is exported as `cachelib-edge/redis_cache.wasm`, which is a quarter
 * smaller than the text in other entries, and which a page can compile while it loads:
 *
 * ```js
 * import { RedisCache, useModule } from 'cachelib-edge/slim';
 * import url from 'cachelib-edge/redis_cache.wasm?url'; // Vite's way to name the file
 *
 * useModule(WebAssembly.compileStreaming(fetch(url)));
 * const cache = new RedisCache('redis://cache.example.com', { connector });
 * ```
 * @module
 */
import * as host from '#host';
import { startTimer } from '../core/clock.js';
import { compile } from '../core/compile.js';
import { core } from '../core/whole.js';
import { CoreError, TimeoutError, UsageTypeError } from '../errors/classes.js';
import { RedisCache as Base } from '../layer/cache.js';
import { STATE } from '../methods.js';

export * from '../exports.js';

/** @typedef {WebAssembly.Module | BufferSource} CoreModule */

/** @type {CoreModule | undefined} */
let coreModule;
/** Resolves when the module has come, or has failed to. @type {Promise<void> | undefined} */
let loading;
/** Why it has not come. @type {unknown} */
let failure;

/**
 * Sets the core of all caches, before the first of them is used. Calls wait for a promise.
 *
 * @param {CoreModule | Promise<CoreModule>} module `cachelib-edge/redis_cache.wasm`: compiled, or as bytes
 */
export function useModule(module) {
  coreModule = failure = undefined;
  if ('then' in Object(module)) {
    loading = awaitModule(/** @type {Promise<CoreModule>} */ (module));
  } else {
    coreModule = /** @type {CoreModule} */ (module);
  }
}

/** @param {Promise<CoreModule>} module */
async function awaitModule(module) {
  try {
    coreModule = await module;
  } catch (error) {
    failure = error;
  }
  loading = undefined;
}

export class RedisCache extends Base {
  /**
   * @internal
   * @type {import('../core/types.js').Host}
   */
  static host = { ...host, core, load, whenLoaded };

  /**
   * Closes the connection once all calls have their outcome, those included that wait for the module.
   *
   * @returns {Promise<void>} once it is closed
   */
  async close() {
    // Calls that wait have begun to before this, and their promise settles first.
    const waiting = whenLoaded(this[STATE].settings.timeoutMs);
    if (waiting) await waiting.catch(() => {});
    return super.close();
  }
}

function load() {
  if (coreModule) return compile(coreModule);
  if (failure) {
    throw new CoreError('CORE_UNAVAILABLE', 'the promise given to useModule() was rejected', {
      cause: failure,
    });
  }
  throw new UsageTypeError(
    'NO_MODULE',
    "cachelib-edge/slim has no WebAssembly: give it the module 'cachelib-edge/redis_cache.wasm' by useModule()",
  );
}

/** @param {number} timeoutMs */
function whenLoaded(timeoutMs) {
  return loading && within(timeoutMs, loading);
}

/**
 * @param {number} timeoutMs
 * @param {Promise<void>} promise
 */
async function within(timeoutMs, promise) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = startTimer(timeoutMs, () =>
      reject(new TimeoutError('CORE_UNAVAILABLE', 'the module given to useModule() did not come')),
    );
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
