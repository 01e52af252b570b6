/**
 * What every entry exports beside its `RedisCache`: errors, the connector that needs no sockets, and the names of types.
 * @module
 */
export * from './errors.js';
export { CachelibSerializer } from './serializer/index.js';
export { webSocket } from './transports/websocket.js';

/** @typedef {import('./options.js').Key} Key */
/** @typedef {import('./options.js').Mapping} Mapping */
/** @typedef {import('./options.js').CacheOptions} CacheOptions */
/** @typedef {import('./options.js').ViewOptions} ViewOptions */
/** @typedef {import('./options.js').ServerOptions} ServerOptions */
/** @typedef {import('./options.js').Serializer} Serializer */
/** @typedef {import('./options.js').ErrorHandler} ErrorHandler */
/** @typedef {import('./options.js').RedisClient} RedisClient */
/** @typedef {import('./transports/clients.js').CommandSender} CommandSender */
/** @typedef {import('./transports/clients.js').ClientReply} ClientReply */
/** @typedef {import('./transports/pool.js').PoolNamespace} PoolNamespace */
/** @typedef {import('./transports/types.js').Address} Address */
/** @typedef {import('./transports/types.js').Connection} Connection */
/** @typedef {import('./transports/types.js').Connector} Connector */
/** @typedef {import('./transports/types.js').Events} Events */
/** @typedef {import('./transports/types.js').TlsOptions} TlsOptions */
/** @typedef {import('./transports/workers-socket.js').SocketProvider} SocketProvider */
/** @typedef {import('./transports/workers-socket.js').WorkersSocket} WorkersSocket */
