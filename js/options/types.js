/**
 * The types of a cache's options, and of what they become.
 * @module
 */

/** @import { Address, Connector, TlsOptions } from '../transports/types.js' */
/** @import { PoolNamespace } from '../pool/transport.js' */
/** @import { SocketProvider } from '../transports/workers-socket.js' */
/** @import { CommandSender } from '../transports/client/libraries.js' */
/** @import { CacheError } from '../errors/classes.js' */
/** @import { CachelibSerializer } from '../serializer/cachelib.js' */

/** @typedef {string | number | bigint} Key converted as `String()` does, and encoded as UTF-8 behind the prefix */
/** @typedef {Record<string, unknown> | Iterable<[Key, unknown]>} Mapping keys and values: an object, a Map, or entries */

// What platforms define is described here by what is used of it, so that a project needs no types of a platform.
/** @typedef {{ readonly href: string, readonly protocol: string }} UrlLike a `URL` */
/**
 * @typedef {object} Signal an `AbortSignal`
 * @property {boolean} aborted
 * @property {any} reason
 * @property {(type: 'abort', listener: () => void, options?: { once?: boolean }) => void} addEventListener
 * @property {(type: 'abort', listener: () => void) => void} removeEventListener
 */

/**
 * @typedef {object} Serializer cachelib's serializer: called with a value, and with the stored bytes.
 * @property {(value: any) => Uint8Array | string} dumps
 * @property {(bytes: Uint8Array) => any} loads
 */

/**
 * @callback ErrorHandler
 * @param {CacheError} error
 * @param {{ operation: string, key?: string }} context the method that failed, and its key when it has one
 * @returns {void}
 */

/**
 * @typedef {object} ViewOptions What `cache.with()` can change for one call or for many. All times are in seconds.
 * @property {number} [defaultTimeout] how long a key lives when `set` is not told; 0: for ever. 300
 * @property {string | (() => string)} [keyPrefix] stands before every key; a function is called once for each operation
 * @property {'cachelib' | 'json' | 'raw' | Serializer | CachelibSerializer} [serializer] how values become bytes. `'cachelib'`
 * @property {number} [operationTimeout] how long a call may take in all: queueing, connecting, TLS, retries. 5
 * @property {boolean} [throwOnError] whether backend errors reject instead of answering null or false. false
 * @property {ErrorHandler} [onError] told of every backend error and unreadable value; by default a `console.warn`, once in
 *   30 seconds for each code
 * @property {Signal} [signal] ends all calls that wait when it is aborted, with an `AbortError`
 * @property {object} [context] on Workers, the request that the calls belong to: any object that is made anew for each, such as
 *   the handler's `ctx`, or the state of a Durable Object. A cache at module scope finds the request's connection by itself,
 *   but searches among those of all requests under way; with hundreds of them, this spares the search. Elsewhere without effect
 */

/**
 * @typedef {object} ServerOptions
 * @property {number} [port] 6379
 * @property {string} [username]
 * @property {string} [password]
 * @property {number} [db] the database's number. 0
 * @property {boolean | TlsOptions} [tls] by the URL's scheme
 * @property {string | null} [clientName] what CLIENT LIST shows; null sends no CLIENT SETNAME, for proxies that close the
 *   connection then, such as twemproxy. `'cachelib-edge'`
 * @property {number} [connectTimeout] from opening the socket to the end of the handshake. 5
 * @property {number} [maxRetries] how often a read is sent again after its connection was lost. 2
 * @property {boolean} [retryWrites] whether `set`, `setMany`, `delete`, `deleteMany` and `clear` are too. When bytes of the lost
 *   connection arrive late, the repetition is no longer the last: they may overwrite a later write, and `delete` may answer
 *   false for what it deleted. false
 * @property {boolean} [failFast] whether calls fail at once while the server is known not to work: after a failed attempt to
 *   connect, until one that is made in the background succeeds. With false they wait for the server within `operationTimeout`. true
 * @property {Connector | SocketProvider | PoolNamespace} [connector] opens the connection in place of the runtime's own
 *   sockets: a function of a transport's shape, a Workers binding with `connect()`, or the binding of a `RedisPool`
 */

/** @typedef {ViewOptions & ServerOptions} CacheOptions */

/**
 * A client as `host`: of ioredis, iovalkey, node-redis or Bun, or one's own with `sendCommand`.
 *
 * @typedef {CommandSender | { callBuffer: Function, pipeline: Function } | { sendCommand: Function, withTypeMapping: Function }
 *   | { send: Function, getBuffer: Function }} RedisClient
 */

/**
 * @typedef {object} Settings The options of a view, checked.
 * @property {number} defaultTimeout seconds
 * @property {string | (() => string)} keyPrefix
 * @property {number} timeoutMs the operation timeout in milliseconds
 * @property {boolean} throwOnError
 * @property {ErrorHandler} [onError]
 * @property {Signal} [signal]
 * @property {object} [context]
 * @property {Map<string, number>} warned when errors of each code were last warned of
 */

/**
 * @typedef {object} CoreOptions What the core is configured with, as in src/wasm/options.rs.
 * @property {string} [username]
 * @property {string} [password]
 * @property {number} database
 * @property {string} clientName
 * @property {number} connectTimeout milliseconds
 * @property {number} maxRetries
 * @property {boolean} retryWrites
 * @property {boolean} failFast
 */

/**
 * @typedef {object} Server Which server to connect to, and how.
 * @property {Address} address
 * @property {CacheOptions['connector']} connector
 * @property {CoreOptions} core
 */

export {};
