/**
 * Custom connectors: a function of a transport's shape, or a binding with `connect()`.
 * @module
 */
import { UsageTypeError } from '../errors/classes.js';
import { socketConnector } from './workers-socket.js';

/** @import { CacheOptions } from '../options/types.js' */
/** @import { Connector, Events } from './types.js' */
/** @import { SocketProvider } from './workers-socket.js' */

/**
 * Makes a connector keep the contract of transports/types.js: it does not throw, and no event comes before it has returned.
 *
 * @param {NonNullable<CacheOptions['connector']>} connector
 * @returns {Connector}
 * @throws {TypeError} for a pool, when there is none in this Worker
 */
export function adaptConnector(connector) {
  if (typeof connector !== 'function') {
    if (/^DurableObject/.test(connector.constructor?.name)) throw poolMissing();
    return socketConnector(/** @type {SocketProvider} */ (connector));
  }
  return (address, events) => {
    let returned = false;
    /** @param {() => void} event */
    const emit = (event) => (returned ? event() : queueMicrotask(event));
    /** @type {Events} */
    const delayed = {
      opened: () => emit(() => events.opened()),
      received: (chunk) => emit(() => events.received(chunk)),
      closed: (error) => emit(() => events.closed(error)),
    };
    try {
      return connector(address, delayed);
    } catch (error) {
      delayed.closed(error);
      return { write() {}, close() {} };
    } finally {
      returned = true;
    }
  };
}

function poolMissing() {
  return new UsageTypeError(
    'POOL_MISSING',
    "a Durable Object as connector needs export { RedisPool } from 'cachelib-edge/durable-object' in the Worker",
  );
}
