/**
 * Makes `near.tracking` possible. In a Worker:
 *
 * ```js
 * import 'cachelib-edge/tracking';
 * ```
 *
 * The entries for Node, Deno and Bun do it.
 * @module
 */
import { reportError } from '../call.js';
import { invalidOption } from '../options/check.js';
import { registerTracking } from './registration.js';
import { Tracking } from './tracking.js';

/** @import { CacheError } from '../errors/classes.js' */
/** @import { Server } from '../options/types.js' */
/** @import { Connector } from '../transports/types.js' */

/** How many nodes are tracked at once, each by a connection, where the host has no limit of its own. */
const MAX_TRACKED = 16;
/** A request that lives for less than this is not worth another connection, in milliseconds. */
const DELAY = 1000;

registerTracking((server, host, counters, { prefix, store, settings }) => {
  check(server);
  const { captureContext, maxConnections = 2 * MAX_TRACKED } = host;
  const connect = /** @type {Connector} */ (host.connect);
  const source = { connect, core: server.core, counters, prefix };
  const maxNodes = Math.floor(maxConnections / 2);
  const delay = captureContext ? DELAY : 0;
  // Requests come and go, and each would tell that.
  let isTold = false;
  const onError = (/** @type {CacheError} */ error) => {
    const isUntracked = error.code === 'UNTRACKED';
    if (!isTold || !isUntracked) reportError(settings, error, 'near');
    isTold ||= isUntracked;
  };
  return (sockets) => new Tracking(sockets, source, store, onError, { maxNodes, delay });
});

/** @param {Server} server */
function check({ address, isPooled }) {
  if (!isPooled && address.label === undefined) return;
  throw invalidOption(
    "option 'near.tracking' needs connections of the cache's own, not those of a pool or of a client as host: leave it out, and choose a short 'near.timeout'",
  );
}

export {};
