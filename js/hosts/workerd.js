/**
 * What workerd supplies, apart from the core's WebAssembly.
 * @module
 */
export { waitUntil } from 'cloudflare:workers';
export { connect } from '../transports/workerd.js';

/**
 * Tells one I/O context from another: a WebSocket can be read only in the request, or the Durable Object, that made it.
 */
export function captureContext() {
  const [token] = Object.values(new WebSocketPair());
  return () => {
    try {
      return token.readyState > 0;
    } catch {
      return false;
    }
  };
}
