/**
 * Tracing channels of `node:diagnostics_channel`, where the runtime has them: Node, Deno, Bun, and workerd with nodejs_compat.
 * @module
 */

/**
 * What subscribers of `tracing:cachelib-edge:command:*` get: names as node-redis and ioredis have them.
 *
 * @typedef {object} CommandTrace
 * @property {string} command the cache's method
 * @property {string[]} args its keys, prefix left out; no values
 * @property {number} database
 * @property {string} serverAddress a name, an address, or the path of a Unix socket
 * @property {number} [serverPort]
 * @property {unknown} [result] of a call that ended
 * @property {unknown} [error] of a call that rejected
 */

/** @typedef {{ hasSubscribers?: boolean, tracePromise(action: () => Promise<any>, context: object): Promise<any> }} Channel */

/** @type {Channel | null | undefined} */
let channel;

/**
 * The channel, if somebody listens. No module is imported: a bundler for the web would look for it.
 *
 * @returns {Channel | null}
 */
export function commandChannel() {
  if (channel === undefined) {
    const { process } = /** @type {any} */ (globalThis);
    const diagnostics = process?.getBuiltinModule?.('node:diagnostics_channel');
    channel = diagnostics?.tracingChannel?.('cachelib-edge:command') ?? null;
  }
  return channel?.hasSubscribers ? channel : null;
}
