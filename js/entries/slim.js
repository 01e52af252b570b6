/**
 * The entry without WebAssembly. It needs the module that is exported as `cachelib-edge/redis_cache.wasm`, which is a quarter
 * smaller than the text in other entries, and which a page can compile while it loads:
 *
 * ```js
 * import { RedisCache, useModule } from 'cachelib-edge/slim';
 * import url from 'cachelib-edge/redis_cache.wasm?url'; // Vite's way to name the file
 *
 * useModule(await WebAssembly.compileStreaming(fetch(url)));
 * const cache = new RedisCache('redis://cache.example.com', { connector });
 * ```
 * @module
 */
import * as host from '#host';
import { UsageTypeError } from '../errors/classes.js';
import { RedisCache as Base } from '../cache.js';

export * from '../exports.js';

/** @type {WebAssembly.Module | BufferSource | undefined} */
let coreModule;

/**
 * Sets the core of all caches, before the first of them is used.
 *
 * @param {WebAssembly.Module | BufferSource} module what `cachelib-edge/redis_cache.wasm` holds: compiled, or as bytes
 */
export function useModule(module) {
  coreModule = module;
}

export class RedisCache extends Base {
  /**
   * @internal
   * @type {import('../core/driver.js').Host}
   */
  static host = { ...host, load };
}

function load() {
  if (coreModule) return coreModule;
  throw new UsageTypeError(
    'NO_MODULE',
    "cachelib-edge/slim has no WebAssembly: give it the module 'cachelib-edge/redis_cache.wasm' by useModule()",
  );
}
