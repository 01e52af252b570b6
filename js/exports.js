/**
 * What every entry exports beside its `RedisCache`: errors, the connector that needs no sockets, and the names of types.
 * @module
 */
export * from './errors/classes.js';
export { CachelibSerializer } from './serializer/serializers.js';
export { webSocket } from './transports/websocket.js';

/** @typedef {import('./options/options.js').Key} Key */
/** @typedef {import('./options/options.js').Mapping} Mapping */
/** @typedef {import('./options/options.js').CacheOptions} CacheOptions */
/** @typedef {import('./options/options.js').ViewOptions} ViewOptions */
/** @typedef {import('./options/options.js').ServerOptions} ServerOptions */
/** @typedef {import('./options/options.js').Serializer} Serializer */
/** @typedef {import('./options/options.js').ErrorHandler} ErrorHandler */
/** @typedef {import('./options/options.js').RedisClient} RedisClient */
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
