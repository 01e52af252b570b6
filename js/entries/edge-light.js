/**
 * The entry for Vercel's edge runtime. It has no TCP, and compiles no WebAssembly: it imports the module. The cache needs a
 * connector.
 * @module
 */
import module from '../../pkg/core_bg.wasm?module';
import { core } from '../core/whole.js';
import { adopt } from '../core/compile.js';
import * as host from '../hosts/none.js';
import { RedisCache as Base } from '../layer/cache.js';

export * from '../exports.js';

export class RedisCache extends Base {
  /** @internal */
  static host = { ...host, core, load: () => adopt(module) };
}
