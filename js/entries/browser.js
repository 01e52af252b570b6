/**
 * The entry for browsers. They have no TCP: the cache needs a connector.
 * @module
 */
import { RedisCache as Base } from '../layer/cache.js';
import { core } from '../core/whole.js';
import { load } from '../core/inline-module.js';
import * as host from '../hosts/none.js';

export * from '../exports.js';

export class RedisCache extends Base {
  /** @internal */
  static host = { ...host, core, load };
}
