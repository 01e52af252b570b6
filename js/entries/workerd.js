/**
 * The entry for Cloudflare Workers and everything else that runs on workerd.
 * @module
 */
import module from '../../pkg/core_bg.wasm';
import { core } from '../core/whole.js';
import * as host from '../hosts/workerd.js';
import { RedisCache as Base } from '../layer/cache.js';

export * from '../exports.js';

export class RedisCache extends Base {
  /** @internal */
  static host = { ...host, core, load: () => module };
}
