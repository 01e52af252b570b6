/**
 * `cachelib-edge/lite` for Cloudflare Workers and everything else that runs on workerd.
 * @module
 */
import module from '../../pkg/lite_bg.wasm';
import * as host from '../hosts/workerd.js';
import { RedisCache as Base } from './cache.js';
import { core } from './core.js';

export * from '../exports.js';

export class RedisCache extends Base {
  /** @internal */
  static host = { ...host, core, load: () => module };
}
