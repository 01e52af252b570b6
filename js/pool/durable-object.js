/**
 * A pool of warm connections for all requests of a Worker: a Durable Object.
 *
 * ```js
 * import { env } from 'cloudflare:workers';
 * import { RedisCache } from 'cachelib-edge';
 * export { RedisPool } from 'cachelib-edge/durable-object';
 *
 * const cache = new RedisCache(env.REDIS_URL, { connector: env.REDIS });
 * ```
 *
 * `REDIS` is bound to the class in wrangler.toml. The cache finds the object by the server's host and port; a stub,
 * `env.REDIS.getByName('…')`, made in the handler, chooses another one, to spread the load or to place the object near Redis.
 *
 * When the class lives in another Worker, `import 'cachelib-edge/durable-object'` in the one with the cache.
 *
 * The cache keeps its core: keys, values, timeouts and retries are decided in the request. What its core would write to a
 * socket at the end of a tick goes to the object in one call, which brings back the replies of these commands. The object
 * only moves bytes and finds where replies end, so one of them serves many requests, and no value is ever read in it. Equal reads
 * of requests that arrive together are sent once.
 *
 * The cache tells which server and with which credentials, so they stand in one place. They do not leave the Worker's
 * own bindings, and the object stores nothing. A connection is shared by the caches that name the same ones, and closed when
 * nobody has used it for half a minute. Whoever has the binding can send nothing but whole commands of the kinds that this
 * package sends; scripts are among them.
 * @module
 */
import { DurableObject } from 'cloudflare:workers';
import { readCommands } from './commands.js';
import { SharedConnection } from './connection.js';
import { checkTarget, connectionKey, pack, unpack } from './rpc.js';
import { registerPool } from './registration.js';
import { resolvePoolServer } from './transport.js';
import { connect } from '../transports/workerd.js';

/** @import { Payload, Pool, ExchangeError, Target } from './rpc.js' */

registerPool(resolvePoolServer);

/**
 * The class to export from the Worker and to bind in wrangler.toml.
 *
 * @implements {Pool}
 */
export class RedisPool extends DurableObject {
  /** @type {Map<string, SharedConnection>} */
  #connections = new Map();

  /**
   * Sends whole commands to a server.
   *
   * @param {Target} target
   * @param {Payload} commands
   * @returns {Promise<Payload | ExchangeError>} their replies
   */
  async exchange(target, commands) {
    // Nothing is awaited for plain bytes: calls stay in their order.
    const bytes = commands instanceof ReadableStream ? await unpack(commands) : commands;
    let parsed;
    try {
      checkTarget(target);
      parsed = readCommands(bytes);
    } catch (error) {
      return { code: 'POOL_REFUSED', text: /** @type {Error} */ (error).message };
    }
    const result = await this.#connection(target).exchange(bytes, parsed, target.connectTimeout);
    return result instanceof Uint8Array ? pack(result) : result;
  }

  /** @param {Target} target */
  #connection(target) {
    const key = connectionKey(target);
    const open = this.#connections.get(key);
    if (open) return open;
    const made = new SharedConnection(connect, target, () => {
      if (this.#connections.get(key) === made) this.#connections.delete(key);
    });
    this.#connections.set(key, made);
    return made;
  }
}
