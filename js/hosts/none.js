/**
 * What a runtime without TCP supplies, or an unknown one: the cache needs a connector, which may report errors as any runtime does.
 * @module
 */
import { UsageTypeError } from '../errors/classes.js';

export { SOCKET_CAUSES as causes } from '../errors/advice.js';

/** @throws {TypeError} since there are no sockets */
export function requireConnector() {
  const { process, navigator } = /** @type {any} */ (globalThis);
  const isWorker = navigator?.userAgent === 'Cloudflare-Workers';
  const advice =
    isWorker || process?.versions?.node !== undefined
      ? `this is the build for browsers: have the package resolved with the condition '${isWorker ? 'workerd' : 'node'}'`
      : "there is no TCP here: give option 'connector', such as webSocket('wss://…') for a bridge to Redis";
  throw new UsageTypeError('NO_CONNECTOR', advice);
}
