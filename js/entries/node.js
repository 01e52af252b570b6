/**
 * The entry for Node.js.
 * @module
 */
import { RedisCache as Base } from '../cache.js';
import { loadInlined } from '../core/inline-module.js';
import { Tracking } from '../near/tracking.js';
import { connect } from '../transports/node.js';

export * from '../exports.js';

export class RedisCache extends Base {
  /** @internal */
  static host = { connect, load: loadInlined, Tracking };
}
