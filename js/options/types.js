/**
 * The types of a cache's options (`api.ts`), and of what they become.
 * @module
 */

/** @import { Address } from '../transports/types.js' */

/** @typedef {import('./api.js').Key} Key */
/** @typedef {import('./api.js').ManyKeys} ManyKeys */
/** @typedef {import('./api.js').Mapping} Mapping */
/** @typedef {import('./api.js').UrlLike} UrlLike */
/** @typedef {import('./api.js').Signal} Signal */
/** @typedef {import('./api.js').Stored} Stored */
/** @typedef {import('./api.js').Serializer} Serializer */
/** @typedef {import('./api.js').SerializerOption} SerializerOption */
/** @typedef {import('./api.js').OperationName} OperationName */
/** @typedef {import('./api.js').ErrorContext} ErrorContext */
/** @typedef {import('./api.js').ErrorHandler} ErrorHandler */
/** @typedef {import('./api.js').ViewOptions} ViewOptions */
/** @typedef {import('./api.js').ServerOptions} ServerOptions */
/** @typedef {import('./api.js').CacheOptions} CacheOptions */
/** @typedef {import('./api.js').RedisClient} RedisClient */

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
