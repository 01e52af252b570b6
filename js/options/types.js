/**
 * The types of a cache's options (`api.d.ts`), and of what they become.
 * @module
 */

/** @import { Address } from '../transports/types.js' */

/** @typedef {import('./api.d.ts').Key} Key */
/** @typedef {import('./api.d.ts').ManyKeys} ManyKeys */
/** @typedef {import('./api.d.ts').Mapping} Mapping */
/** @typedef {import('./api.d.ts').UrlLike} UrlLike */
/** @typedef {import('./api.d.ts').Signal} Signal */
/** @typedef {import('./api.d.ts').Stored} Stored */
/** @typedef {import('./api.d.ts').Serializer} Serializer */
/** @typedef {import('./api.d.ts').SerializerOption} SerializerOption */
/** @typedef {import('./api.d.ts').OperationName} OperationName */
/** @typedef {import('./api.d.ts').ErrorContext} ErrorContext */
/** @typedef {import('./api.d.ts').ErrorHandler} ErrorHandler */
/** @typedef {import('./api.d.ts').NearOptions} NearOptions */
/** @typedef {import('./api.d.ts').ViewOptions} ViewOptions */
/** @typedef {import('./api.d.ts').ServerOptions} ServerOptions */
/** @typedef {import('./api.d.ts').CacheOptions} CacheOptions */
/** @typedef {import('./api.d.ts').LiteViewOptions} LiteViewOptions */
/** @typedef {import('./api.d.ts').LiteOptions} LiteOptions */
/** @typedef {import('./api.d.ts').RedisClient} RedisClient */

/**
 * @typedef {object} Settings The options of a view, checked.
 * @property {number} defaultTimeout seconds
 * @property {string | (() => string)} keyPrefix
 * @property {number} timeoutMs the operation timeout in milliseconds
 * @property {boolean} throwOnError
 * @property {ErrorHandler} [onError]
 * @property {Signal} [signal]
 * @property {object} [context]
 * @property {NearSettings} [near]
 * @property {Map<string, number>} warned when errors of each code were last warned of
 * @property {import('../core/counters.js').Counters} counters of the cache and all its views
 *
 * @typedef {Settings & { keyPrefix: string, driver?: { readonly isUsable: boolean } }} CallSettings Those of one operation, for which the
 *   prefix has been asked. `driver`: the one that makes its calls as long as it can, where that is known
 */

/**
 * @typedef {object} NearSettings
 * @property {number} timeout seconds
 * @property {number} maxBytes
 * @property {boolean} tracking
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
 * @property {number} [maxQueuedBytes] by the host where it is left out
 * @property {number} [mode] 1: the hosts are nodes of a cluster; 2: they are Sentinels; one server where it is left out
 * @property {number} [seeds] how many hosts the user has named. 1
 * @property {boolean} [preferReplica]
 * @property {boolean} [preferHostnames] whether nodes are reached by their host name rather than their IP address, for TLS
 * @property {number} [maxConnections] no limit where it is left out
 * @property {number} [connectLinger] for how long an attempt to connect that was given up counts as a connection, in milliseconds. By the
 *   host where it is left out
 * @property {string} [masterName]
 * @property {string} [sentinelUsername]
 * @property {string} [sentinelPassword]
 */

/**
 * @typedef {object} Server Which server to connect to, and how.
 * @property {Address} address of the first host
 * @property {CacheOptions['connector']} connector
 * @property {CoreOptions} core
 * @property {(index: number, text: string | null) => Address} [locate] as of `Installation.locate`, for several servers
 * @property {boolean} [isPooled] whether a pool connects to it
 */

export {};
