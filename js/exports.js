/**
 * What every entry exports besides its `RedisCache`: errors, the connector that needs no sockets, and type names.
 * @module
 */
export * from './errors/classes.js';
export { CachelibSerializer } from './serializer/cachelib.js';
export { webSocket } from './transports/websocket.js';

/** @typedef {import('./options/types.js').Key} Key */
/** @typedef {import('./options/types.js').Mapping} Mapping */
/** @typedef {import('./options/types.js').CacheOptions} CacheOptions */
/** @typedef {import('./options/types.js').ViewOptions} ViewOptions */
/** @typedef {import('./options/types.js').ServerOptions} ServerOptions */
/** @typedef {import('./options/types.js').Serializer} Serializer */
/** @typedef {import('./options/types.js').ErrorHandler} ErrorHandler */
/** @typedef {import('./options/types.js').RedisClient} RedisClient */
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
