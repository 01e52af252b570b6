/**
 * `cachelib-edge/lite`, for all other runtimes.
 * @module
 */
import * as host from '#host';
import base64 from '../../pkg/lite-inline.js';
import { compileText } from '../core/compile.js';
import { RedisCache as Base } from './cache.js';
import { core } from './core.js';

export * from '../exports.js';

export class RedisCache extends Base {
  /** @internal */
  static host = { ...host, core, load: () => compileText(base64) };
}
