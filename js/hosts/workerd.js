/**
 * What workerd supplies, apart from the core's WebAssembly.
 * @module
 */
import * as workers from 'cloudflare:workers';

export { waitUntil } from 'cloudflare:workers';
export { WORKERD_CAUSES as causes } from '../errors/advice.js';
export { connect } from '../transports/workerd.js';

const { tracing } = workers;

/** https://developers.cloudflare.com/workers/platform/limits/#simultaneous-open-connections */
export const maxConnections = 6;

/** https://github.com/cloudflare/workerd/issues/2060: an attempt to connect holds its place for so long, closed or not. */
export const connectLinger = 20_000;

/** https://developers.cloudflare.com/workers/platform/limits/#memory: 128 MB are for all requests of an isolate together. */
export const maxQueuedBytes = 64 << 20;

/**
 * The span in which code runs, where the runtime tells it. An I/O context has one to begin with, and no other context has the
 * same; the user's code may enter more.
 */
export const getActiveSpan = tracing?.getActiveSpan && (() => tracing.getActiveSpan?.());

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
