/**
 * The entry that brings no WebAssembly. It is given the module that is exported as `cachelib-edge/redis_cache.wasm`, which is
 * a quarter smaller than the text that other entries hold, and which a page can compile while it arrives:
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
let given;

/**
 * Gives the core to all caches, before the first of them is used.
 *
 * @param {WebAssembly.Module | BufferSource} module what `cachelib-edge/redis_cache.wasm` holds: compiled, or as bytes
 */
export function useModule(module) {
  given = module;
}

export class RedisCache extends Base {
  /**
   * @internal
   * @type {import('../core/driver.js').Host}
   */
  static host = { ...host, load };
}

function load() {
  if (given) return given;
  throw new UsageTypeError(
    'NO_MODULE',
    "cachelib-edge/slim brings no WebAssembly: give it what 'cachelib-edge/redis_cache.wasm' holds, by useModule()",
  );
}
