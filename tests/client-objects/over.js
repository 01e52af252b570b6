/**
 * The suite over clients of other packages: wherever a case gives a URL, the cache gets a client for it.
 */
import { runCases } from '../support/cases.js';
import { preparing } from '../e2e/context.js';
import { cases } from './cases.js';

/** @typedef {{ client: any, close(): unknown }} Made a client, and how its owner closes it */

/**
 * @param {string} runtime
 * @param {string} fixturesUrl
 * @param {any} library
 * @param {(url: string) => Made} make
 */
export async function runOverClients(runtime, fixturesUrl, library, make) {
  await runCases(fixturesUrl, cases, async (fixtures) => {
    /** @type {Map<string, Made>} */
    const clients = new Map();
    class RedisCache extends library.RedisCache {
      /**
       * @param {any} [host]
       * @param {object} [options]
       */
      constructor(host, options) {
        if (!isUrl(host)) return new library.RedisCache(host, options);
        if (!clients.has(host)) clients.set(host, make(host));
        super(clients.get(host)?.client, options);
      }
      /** A view needs no client of its own. */
      viewArguments() {
        return [];
      }
    }
    const { context, end } = await preparing(runtime, { ...library, RedisCache })(fixtures);
    return {
      context: Object.assign(context, { clients }),
      async end() {
        await end();
        for (const { close } of clients.values()) await close();
      },
    };
  });
}

/** @param {unknown} host */
function isUrl(host) {
  return typeof host === 'string' && host.startsWith('redis://');
}
