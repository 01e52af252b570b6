/**
 * `cachelib-edge/lite` for Vercel's edge runtime: see ../entries/edge-light.js.
 * @module
 */
import module from '../../pkg/lite_bg.wasm?module';
import { adopt } from '../core/compile.js';
import * as host from '../hosts/none.js';
import { RedisCache as Base } from './cache.js';
import { core } from './core.js';

export * from '../exports.js';

export class RedisCache extends Base {
  /** @internal */
  static host = { ...host, core, load: () => adopt(module) };
}
