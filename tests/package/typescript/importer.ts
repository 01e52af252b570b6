/** All that the package exports, used as a project in strict mode would. It is compiled, and never run. */
import {
  AbortError,
  AuthenticationError,
  CacheError,
  ConnectionError,
  ProtocolError,
  RedisCache,
  SerializationError,
  ServerError,
  TimeoutError,
  UnreadableError,
  UsageRangeError,
  UsageTypeError,
  webSocket,
} from 'cachelib-edge';
import type {
  Address,
  CacheOptions,
  CommandSender,
  Connection,
  Connector,
  ErrorHandler,
  Events,
  Factory,
  Key,
  Lock,
  Mapping,
  RedisClient,
  SentinelOptions,
  Serializer,
  ServerOptions,
  TlsOptions,
  ViewOptions,
} from 'cachelib-edge';

const tls: TlsOptions = { ca: ['-----BEGIN'], servername: 'cache.internal' };
const serializer: Serializer = {
  dumps: (value: unknown) => JSON.stringify(value),
  loads: (bytes) => bytes.length,
};
const onError: ErrorHandler = (error, { operation, key }) => {
  const code: string = error.code;
  const where: string | undefined = key;
  void [code, where, operation.toUpperCase(), error.cause];
};
const sentinel: SentinelOptions = { name: 'mymaster', username: 'watch', password: 'secret', tls };
const cluster: ServerOptions = {
  cluster: true,
  readFrom: 'preferReplica',
  nodeAddressMap: { '10.0.0.1:6379': 'a.example.com:6379' },
  maxConnections: 6,
};
const many: RedisCache[] = [
  new RedisCache('redis+cluster://a:6379,b:6379'),
  new RedisCache(['a:6379', 'b:6379'] as const, cluster),
  new RedisCache(['s1', 's2'], { sentinel, readFrom: 'primary' }),
  new RedisCache('a', {
    cluster: true,
    nodeAddressMap: (address: string) => address.replace('10.', ''),
  }),
];
void many;
// @ts-expect-error: there is no such place to read from
new RedisCache('a', { cluster: true, readFrom: 'replica' });
const view: ViewOptions = {
  defaultTimeout: 60,
  keyPrefix: () => 'shop:',
  serializer,
  operationTimeout: 1.5,
  throwOnError: true,
  onError,
  signal: new AbortController().signal,
};
const server: ServerOptions = {
  port: 6380,
  username: 'edge',
  password: 'secret',
  db: 1,
  tls,
  connectTimeout: 1,
  maxRetries: 0,
  connector: webSocket('wss://bridge.example.com/'),
};
const options: CacheOptions = { ...view, ...server };

class OneShot implements Connection {
  constructor(
    readonly address: Address,
    readonly events: Events,
  ) {}
  write(bytes: Uint8Array) {
    this.events.received(bytes);
  }
  close() {}
}
const connector: Connector = (address, events) => new OneShot(address, events);
const sender: CommandSender = { sendCommand: async ([name, ...args]) => [name, args.length, null] };
const client: RedisClient = sender;

export async function methods(): Promise<void> {
  await using cache = new RedisCache(new URL('rediss://localhost'), options);
  const numeric: Key = 1n;
  const mapping: Mapping = new Map<Key, unknown>([
    ['a', 1],
    [2, 'b'],
  ]);

  const value = await cache.get('a');
  const all: unknown[] = await cache.getMany('a', numeric);
  const some: unknown[] = await cache.get_many(['a', 'b'] as const);
  const named: Record<string, unknown> = await cache.getDict('a', 'b');
  const same: Record<string, unknown> = await cache.get_dict(['a']);
  const stored: boolean = await cache.set('a', value, null);
  const added: boolean = await cache.add('a', { any: 'thing' }, 0.5);
  const kept: Key[] = await cache.setMany(mapping, Infinity);
  const again: Key[] = await cache.set_many({ a: 1 });
  const gone: boolean = await cache.delete('a');
  const absent: Key[] = await cache.deleteMany('a', 2);
  const removed: Key[] = await cache.delete_many(['a']);
  const there: boolean = await cache.has('a');
  const up: number | bigint | null = await cache.inc('visits');
  const down: number | bigint | null = await cache.dec('visits', 2n);
  const clear: boolean = await cache.clear();
  const alive: true = await cache.checkConnection();
  const closed: void = await cache.with({ throwOnError: false }).close();
  void [all, some, named, same, stored, added, kept, again, gone, absent, removed, there];
  void [up, down, clear, alive, closed];

  cache.serializer = 'json';
  RedisCache.serializer = serializer;
  new RedisCache();
  new RedisCache(client, { connectTimeout: 1 });
  new RedisCache('localhost', { connector }) satisfies RedisCache;
}

/** With exactOptionalPropertyTypes too, an option may be undefined. */
export async function leftOut(cache: RedisCache, maybe: number | undefined): Promise<void> {
  const options = { timeout: maybe, grace: maybe, lock: maybe, fresh: undefined, tags: undefined };
  await cache.getOrSet('a', () => 1, options);
  await cache.set('a', 1, maybe, { tags: undefined });
  await cache.lock('a', { timeout: maybe, wait: maybe });
}

export async function layer(cache: RedisCache): Promise<void> {
  const page: string | null = await cache.getOrSet('front', async () => 'page', 60);
  const same: { id: number } | null = await cache.get_or_set('user', () => ({ id: 1 }), {
    timeout: (user) => user.id,
    grace: 60,
    softTimeout: 0.5,
    hardTimeout: 5,
    retryAfter: 10,
    early: 0.2,
    fresh: false,
    lock: 10,
    tags: ['users'] as const,
  });
  const factory: Factory<number> = ({ stale, background, signal }) =>
    signal.aborted || background ? undefined : (stale ?? 0) + 1;
  const counted: number | null = await cache.getOrSet('n', factory, null);
  const user = cache.memoize((id: number) => ({ id }), { key: (id) => `user:${id}`, timeout: 5 });
  const one: { id: number } | null = await user(1);
  const forgotten: boolean = await user.delete(1);
  const tagged: boolean = await cache.set('a', 1, 60, { tags: ['t'] });
  const untagged: boolean = await cache.deleteTag('t', 'u');
  const shortened: boolean = await cache.expire('a', 10);
  const touched: boolean = await cache.touch('a', 60);
  const left: number | null = await cache.ttl('a');
  const both: { value: unknown; ttl: number } | null = await cache.getWithTtl('a');
  const popped: unknown = await cache.pop('a');
  const limited: number | bigint | null = await cache.inc('n', 1, 60);
  for await (const key of cache.keys()) key satisfies string;
  await using lock: Lock | null = await cache.lock('job', { timeout: 30, wait: 5 });
  const released: boolean | undefined = await lock?.release();
  void [page, same, counted, one, forgotten, tagged, untagged, shortened, touched, left, both];
  void [popped, limited, released];
}

export function errors(error: unknown): string {
  if (error instanceof UnreadableError) return error.className ?? error.code;
  if (error instanceof UsageTypeError || error instanceof UsageRangeError) return error.code;
  const classes = [AbortError, AuthenticationError, ConnectionError, ProtocolError, ServerError];
  if (classes.some((type) => error instanceof type)) return 'the server';
  if (error instanceof SerializationError || error instanceof TimeoutError) return error.message;
  return error instanceof CacheError ? error.code : String(error);
}

export function misuse(cache: RedisCache): void {
  // @ts-expect-error an unknown option
  new RedisCache('localhost', { prefix: 'shop:' });
  // @ts-expect-error cachelib's name, which is not an option here
  new RedisCache('localhost', { default_timeout: 1 });
  // @ts-expect-error a serializer by a name that is none
  new RedisCache('localhost', { serializer: 'pickle' });
  // @ts-expect-error a host that is none
  new RedisCache(6379);
  // @ts-expect-error a key that is none
  void cache.get({});
  // @ts-expect-error a timeout as text
  void cache.set('a', 1, '60');
  // @ts-expect-error an option of other libraries
  void cache.getOrSet('a', () => 1, { ttl: 60 });
  // @ts-expect-error a value in place of a factory
  void cache.getOrSet('a', 1);
  // @ts-expect-error a view does not choose another server
  cache.with({ port: 6380 });
}
