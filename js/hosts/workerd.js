/**
 * What workerd supplies, but for the core's WebAssembly.
 * @module
 */
export { waitUntil as hold } from 'cloudflare:workers';
export { connect } from '../transports/workerd.js';

/**
 * Tells one request from another. A WebSocket may be looked at only by the request, or the Durable Object, that made it.
 */
export function enter() {
  const [token] = Object.values(new WebSocketPair());
  return () => {
    try {
      return token.readyState > 0;
    } catch {
      return false;
    }
  };
}
