/**
 * The entry for Bun.
 * @module
 */
import { RedisCache as Base } from '../index.js';
import { loadInlined } from '../inlined.js';
import { connect } from '../transports/node.js';

export * from '../exports.js';

export class RedisCache extends Base {
  /** @internal */
  static host = { connect, load: loadInlined };
}
