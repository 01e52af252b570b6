/**
 * The entry for Cloudflare Workers and everything else that runs on workerd.
 * @module
 */
import { waitUntil } from 'cloudflare:workers';
import module from '../../pkg/core_bg.wasm';
import { RedisCache as Base } from '../index.js';
import { connect } from '../transports/workerd.js';

export * from '../errors.js';

export class RedisCache extends Base {
  static host = { connect, load: () => module, enter, hold: waitUntil };
}

/**
 * Tells one request from another. A WebSocket may be looked at only by the request, or the Durable Object, that made it.
 */
function enter() {
  const [token] = Object.values(new WebSocketPair());
  return () => {
    try {
      return token.readyState > 0;
    } catch {
      return false;
    }
  };
}
