/**
 * What every entry exports besides its `RedisCache`: errors, the connector that needs no sockets, and type names.
 * @module
 */
export * from './errors/classes.js';
export { CachelibSerializer } from './serializer/cachelib.js';
export { webSocket } from './transports/websocket.js';

/** @typedef {import('./options/api.d.ts').Key} Key */
/** @typedef {import('./options/api.d.ts').ManyKeys} ManyKeys */
/** @typedef {import('./options/api.d.ts').Mapping} Mapping */
/** @typedef {import('./options/api.d.ts').CacheOptions} CacheOptions */
/** @typedef {import('./options/api.d.ts').LiteOptions} LiteOptions */
/** @typedef {import('./options/api.d.ts').LiteViewOptions} LiteViewOptions */
/** @typedef {import('./options/api.d.ts').NearOptions} NearOptions */
/** @typedef {import('./options/api.d.ts').ViewOptions} ViewOptions */
/** @typedef {import('./options/api.d.ts').ServerOptions} ServerOptions */
/** @typedef {import('./options/api.d.ts').SentinelOptions} SentinelOptions */
/** @typedef {import('./options/api.d.ts').Serializer} Serializer */
/** @typedef {import('./options/api.d.ts').SerializerOption} SerializerOption */
/** @typedef {import('./options/api.d.ts').Stored} Stored */
/** @typedef {import('./options/api.d.ts').ErrorHandler} ErrorHandler */
/** @typedef {import('./options/api.d.ts').ErrorContext} ErrorContext */
/** @typedef {import('./options/api.d.ts').OperationName} OperationName */
/** @typedef {import('./core/counters.js').Stats} Stats */
/** @typedef {import('./errors/codes.d.ts').ErrorCode} ErrorCode */
/** @typedef {import('./errors/codes.d.ts').KnownErrorCode} KnownErrorCode */
/** @typedef {import('./options/api.d.ts').RedisClient} RedisClient */
/** @typedef {import('./layer/lock.js').Lock} Lock */
/** @template T @typedef {import('./layer/options.js').Factory<T>} Factory */
/** @template T @typedef {import('./layer/options.js').GetOrSetOptions<T>} GetOrSetOptions */
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
