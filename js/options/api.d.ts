/**
 * The types of a cache's arguments and options. They are declared, since JSDoc's `@property` has no `@default` to show.
 * @module
 */
import type { CacheError } from '../errors/classes.js';
import type { PoolNamespace } from '../pool/transport.js';
import type { CachelibSerializer } from '../serializer/cachelib.js';
import type { CommandSender } from '../transports/client/libraries.js';
import type { Connector, TlsOptions } from '../transports/types.js';
import type { SocketProvider } from '../transports/workers-socket.js';

/** A key: converted as `String()` does, and encoded as UTF-8 behind the prefix. */
export type Key = string | number | bigint;

/** The arguments of a method for many keys: keys, or one array of them, not both. */
export type ManyKeys = Key[] | [keys: readonly Key[]];

/** Keys and values: an object of any type, a Map, or entries. */
export type Mapping =
  | Iterable<readonly [Key, unknown]>
  | Readonly<Record<string, unknown>>
  | (object & { readonly [Symbol.iterator]?: never });

// What platforms define is described here by what is used of it, so that a project needs no types of a platform.

/** A `URL`. */
export interface UrlLike {
  readonly href: string;
  readonly protocol: string;
}

/** An `AbortSignal`. */
export interface Signal {
  readonly aborted: boolean;
  readonly reason: any;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** What a serializer's `dumps` returns: text is stored as UTF-8. */
export type Stored = string | ArrayBufferLike | ArrayBufferView;

/** cachelib's serializer: how values become bytes. */
export interface Serializer {
  /** Called with a value that is to be stored; may return a promise. What it throws rejects the call as `UNSERIALIZABLE`. */
  dumps(value: any): Stored | Promise<Stored>;
  /**
   * Called with stored bytes, which it may keep; may return a promise. Its result is the value, null in place of undefined. What it throws is
   * reported as `UNREADABLE`, and the value is null.
   */
  loads(bytes: Uint8Array): unknown;
}

/** A serializer by name, or one's own. */
export type SerializerOption =
  'cachelib' | 'django' | 'json' | 'raw' | Serializer | CachelibSerializer;

/** A method of the cache that can fail. */
export type OperationName =
  | 'get'
  | 'has'
  | 'delete'
  | 'clear'
  | 'checkConnection'
  | 'inc'
  | 'dec'
  | 'set'
  | 'add'
  | 'getMany'
  | 'getDict'
  | 'getOrSet'
  | 'getWithTtl'
  | 'ttl'
  | 'touch'
  | 'pop'
  | 'expire'
  | 'deleteTag'
  | 'keys'
  | 'lock'
  | 'deleteMany'
  | 'setMany'
  /** No method: the connection of `near.tracking`. */
  | 'near';

/** What failed. */
export interface ErrorContext {
  /** The method. */
  operation: OperationName;
  /** Its key without the prefix, when it has one. */
  key?: string;
}

/** Told of an error. What it throws is logged. */
export type ErrorHandler = (error: CacheError, context: ErrorContext) => void;

/** A cache in memory before Redis. */
export interface NearOptions {
  /**
   * How long a value is answered from memory after it was read, in seconds, and never for longer than its key lives. For so long the cache may
   * not see what others write.
   * @default 1
   */
  timeout?: number | undefined;
  /**
   * How much is kept, in bytes: stored values, their keys, and 640 bytes for each. What was used least recently makes room. A cache and its
   * views keep as much as the one that asks for most.
   * @default 16_777_216
   */
  maxBytes?: number | undefined;
  /**
   * Whether Redis tells which keys with the cache's `keyPrefix` change, whoever changes them, by CLIENT TRACKING over a second connection to each
   * node: then the timeout may be long. While these connections do not stand, nothing is answered from memory. It needs Redis 6, and in Durable Objects
   * `import 'cachelib-edge/tracking'`.
   * @default false
   */
  tracking?: boolean | undefined;
}

/** What `cache.with()` can change for one call or for many. Times are in seconds. null takes an inherited option away. */
export interface ViewOptions {
  /**
   * How long a key lives when `set` gets no timeout, in seconds; 0 and -1: for ever.
   * @default 300
   */
  defaultTimeout?: number | undefined;
  /**
   * Stands before every key. A function is called once for each operation, with the prefix that a view would inherit:
   * `with({ keyPrefix: (outer) => outer + 'users:' })`.
   * @default ''
   */
  keyPrefix?: string | ((outer: string) => string) | undefined;
  /**
   * How values become bytes. null: as the class says.
   * @default 'cachelib'
   */
  serializer?: SerializerOption | null | undefined;
  /**
   * How long a call may take in all, in seconds: queueing, connecting, TLS, retries.
   * @default 5
   */
  operationTimeout?: number | undefined;
  /**
   * Whether backend errors reject instead of answering null, false or fewer keys.
   * @default false
   */
  throwOnError?: boolean | undefined;
  /**
   * Told of every backend error and unreadable value.
   * @default a `console.warn`, once in 30 seconds for each code
   */
  onError?: ErrorHandler | null | undefined;
  /**
   * Ends all calls that wait when it is aborted, with an `AbortError`.
   * @default null
   */
  signal?: Signal | null | undefined;
  /**
   * On Workers, the request that the calls belong to: any object that is made anew for each, such as the handler's `ctx`, or the
   * state of a Durable Object. A cache at module scope finds the request's connection by itself, but searches among those of all
   * requests under way; with hundreds of them, this spares the search. Elsewhere without effect.
   * @default null
   */
  context?: object | null | undefined;
  /**
   * Answers `get`, `getMany`, `getDict`, `has` and `getOrSet` from memory for a short time. Own writes are seen at once in all views, those of
   * others within `timeout`. What is left out is as in the cache that a view is of.
   * @default null
   */
  near?: NearOptions | null | undefined;
}

/** Which server a cache connects to, and how. Times are in seconds. */
export interface ServerOptions {
  /**
   * The server's port; wins over the URL's, as all of these options do.
   * @default 6379
   */
  port?: number | undefined;
  /**
   * The user of the server's access control list.
   * @default none: the server's default user
   */
  username?: string | undefined;
  /**
   * The user's password.
   * @default none
   */
  password?: string | undefined;
  /**
   * The database's number.
   * @default 0
   */
  db?: number | undefined;
  /**
   * Whether the connection is encrypted; an object adds authorities, a client certificate or a name to verify.
   * @default by the URL's scheme: true for `rediss://`
   */
  tls?: boolean | TlsOptions | undefined;
  /**
   * What CLIENT LIST shows; null sends no CLIENT SETNAME, for proxies that close the connection then, such as twemproxy.
   * @default 'cachelib-edge'
   */
  clientName?: string | null | undefined;
  /**
   * How long it may take from opening the socket to the end of the handshake, in seconds.
   * @default 5
   */
  connectTimeout?: number | undefined;
  /**
   * How often a read is sent again after its connection was lost, and a write that was not sent.
   * @default 2
   */
  maxRetries?: number | undefined;
  /**
   * Whether `set`, `setMany`, `delete`, `deleteMany` and `clear` are repeated too, although they may have been executed. When
   * bytes of the lost connection arrive late, the repetition is no longer the last: they may overwrite a later write, and
   * `delete` may answer false for what it deleted.
   * @default false
   */
  retryWrites?: boolean | undefined;
  /**
   * Whether calls fail at once while the server is known not to work: after a failed attempt to connect, until one that is made
   * in the background succeeds. With false they wait for the server within `operationTimeout`.
   * @default true
   */
  failFast?: boolean | undefined;
  /**
   * How many bytes of calls may wait for a server's answer, in one I/O context. While there are so many, further calls fail with
   * `QUEUE_FULL`; one call may be as large as it is.
   * @default 256 MiB; 64 MiB on Workers, which have 128 MB in all
   */
  maxQueuedBytes?: number | undefined;
  /**
   * Opens the connection in place of the runtime's own sockets: a function of a transport's shape such as `webSocket(url)`, a
   * Workers binding with `connect()`, or the binding of a `RedisPool`.
   * @default the runtime's sockets
   */
  connector?: Connector | SocketProvider | PoolNamespace | undefined;
  /**
   * Whether the host, or each host of a list, is a node of a Redis Cluster.
   * @default by the URL's scheme: true for `redis+cluster://` and `rediss+cluster://`
   */
  cluster?: boolean | undefined;
  /**
   * That the hosts are Sentinels, which know where the primary is, and what is true of them alone.
   * @default by the URL's scheme: `redis+sentinel://host,host/name/db`
   */
  sentinel?: SentinelOptions | undefined;
  /**
   * Whether `get`, `getMany`, `getDict`, `has`, `ttl`, `getWithTtl` and the first read of `getOrSet` ask a replica where there is one that works. It may
   * not have the last writes yet.
   * @default 'primary'
   */
  readFrom?: 'primary' | 'preferReplica' | undefined;
  /**
   * Where nodes are reached whose addresses mean nothing here, as the cluster or the Sentinels tell them: from `host:port` to
   * `host:port`.
   * @default none
   */
  nodeAddressMap?: Record<string, string> | ((address: string) => string | undefined) | undefined;
  /**
   * How many connections to several servers may be open or opening at once in one I/O context; those used least recently are
   * closed for others.
   * @default 6 on Workers, for each request; elsewhere there is no limit
   */
  maxConnections?: number | undefined;
}

/** What is true of the Sentinels alone. */
export interface SentinelOptions {
  /** The primary's name to the Sentinels, where the URL does not tell it. */
  name?: string | undefined;
  /** The Sentinels' own user; `username` is that of the servers. */
  username?: string | undefined;
  /** The Sentinels' own password. */
  password?: string | undefined;
  /**
   * Whether connections to them are encrypted.
   * @default as for the servers
   */
  tls?: boolean | TlsOptions | undefined;
}

/** All options of a cache. */
export interface CacheOptions extends ViewOptions, ServerOptions {}

/** The options of a view of `cachelib-edge/lite`. */
export type LiteViewOptions = Omit<ViewOptions, 'near'>;

/** All options of a cache of `cachelib-edge/lite`. */
export type LiteOptions = Omit<
  CacheOptions,
  'near' | 'cluster' | 'sentinel' | 'readFrom' | 'nodeAddressMap' | 'maxConnections'
>;

/** A client as `host`: of ioredis, iovalkey, node-redis or Bun, or one's own with `sendCommand`. */
export type RedisClient =
  | CommandSender
  | { callBuffer: Function; pipeline: Function }
  | { sendCommand: Function; withTypeMapping: Function }
  | { send: Function; getBuffer: Function };
