/**
 * How a cache reaches a pool. It is known where js/pool/durable-object.js is loaded: a Worker without a pool uploads nothing of it.
 * @module
 */

/** @import { Server } from '../options/options.js' */

/** @type {{ through: (server: Server) => Server }} */
export const way = {
  /** The server as it is reached when its connector is a pool; otherwise as it is. */
  through: (server) => server,
};
