/**
 * How a cache learns of the pool: pool/durable-object.js registers it, so that a Worker without a pool uploads nothing of it.
 * @module
 */

/** @import { Server } from '../options/types.js' */

/**
 * The server as it is reached when its connector is a pool; otherwise as it is.
 *
 * @type {(server: Server) => Server}
 */
export let resolvePool = (server) => server;

/** @param {typeof resolvePool} resolver */
export function registerPool(resolver) {
  resolvePool = resolver;
}
