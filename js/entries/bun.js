/**
 * The entry for Bun.
 * @module
 */
import { RedisCache as Base } from '../layer/cache.js';
import { core } from '../core/whole.js';
import { load } from '../core/inline-module.js';
import '../near/register-tracking.js';
import * as host from '../transports/node.js';

export * from '../exports.js';

export class RedisCache extends Base {
  /** @internal */
  static host = { ...host, core, load };
}
