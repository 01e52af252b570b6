/**
 * What every entry exports besides its `RedisCache`: errors, the connector that needs no sockets, and type names.
 * @module
 */
export * from './errors/classes.js';
export { CachelibSerializer } from './serializer/cachelib.js';
export { webSocket } from './transports/websocket.js';

/** @typedef {import('./options/api.js').Key} Key */
/** @typedef {import('./options/api.js').ManyKeys} ManyKeys */
/** @typedef {import('./options/api.js').Mapping} Mapping */
/** @typedef {import('./options/api.js').CacheOptions} CacheOptions */
/** @typedef {import('./options/api.js').ViewOptions} ViewOptions */
/** @typedef {import('./options/api.js').ServerOptions} ServerOptions */
/** @typedef {import('./options/api.js').Serializer} Serializer */
/** @typedef {import('./options/api.js').SerializerOption} SerializerOption */
/** @typedef {import('./options/api.js').Stored} Stored */
/** @typedef {import('./options/api.js').ErrorHandler} ErrorHandler */
/** @typedef {import('./options/api.js').ErrorContext} ErrorContext */
/** @typedef {import('./options/api.js').OperationName} OperationName */
/** @typedef {import('./errors/codes.js').ErrorCode} ErrorCode */
/** @typedef {import('./errors/codes.js').KnownErrorCode} KnownErrorCode */
/** @typedef {import('./options/api.js').RedisClient} RedisClient */
/** @typedef {import('./transports/client/libraries.js').CommandSender} CommandSender */
/** @typedef {import('./transports/client/libraries.js').ClientReply} ClientReply */
/** @typedef {import('./pool/transport.js').PoolNamespace} PoolNamespace */
/** @typedef {import('./transports/types.js').Address} Address */
/** @typedef {import('./transports/types.js').Connection} Connection */
/** @typedef {import('./transports/types.js').Connector} Connector */
/** @typedef {import('./transports/types.js').Events} Events */
/** @typedef {import('./transports/types.js').TlsOptions} TlsOptions */
/** @typedef {import('./transports/workers-socket.js').SocketProvider} SocketProvider */
/** @typedef {import('./transports/workers-socket.js').WorkersSocket} WorkersSocket */
