/**
 * How a cache learns of the pool: pool/durable-object.js registers it, so that a Worker without a pool uploads nothing of it.
 * @module
 */

/** @import { Server } from '../options/types.js' */

/** @type {(server: Server) => Server} */
let resolve = (server) => server;

/** @param {typeof resolve} resolver */
export function registerPool(resolver) {
  resolve = resolver;
}

/**
 * The server as it is reached when its connector is a pool; otherwise as it is.
 *
 * @param {Server} server
 */
export function resolvePool(server) {
  return resolve(server);
}
