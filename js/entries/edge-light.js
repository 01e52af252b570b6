/**
 * The entry for Vercel's edge runtime. It has no TCP, and compiles no WebAssembly: it imports the module. The cache needs a
 * connector.
 * @module
 */
import module from '../../pkg/core_bg.wasm?module';
import * as host from '../hosts/none.js';
import { RedisCache as Base } from '../cache.js';

export * from '../exports.js';

export class RedisCache extends Base {
  /** @internal */
  static host = { ...host, load };
}

/** Next's development server compiles the module in another realm, whose modules are no `WebAssembly.Module`s here. */
function load() {
  return Object.setPrototypeOf(module, WebAssembly.Module.prototype);
}
