/** The types of calls and their results, exactly. It is compiled, and never run. */
import { CacheError, RedisCache } from 'cachelib-edge';
import type { ErrorCode, ErrorContext, Key, KnownErrorCode, OperationName } from 'cachelib-edge';

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only where both types are the same. */
declare function expectType<Expected>(): <Actual>(
  value: Actual,
  ...mismatch: Same<Actual, Expected> extends true ? [] : [expected: Expected]
) => void;

interface User {
  name: string;
}

declare const cache: RedisCache;
declare const user: User;
declare const keys: string[];

export async function values(): Promise<void> {
  expectType<any>()(await cache.get('a'));
  expectType<User | null>()(await cache.get<User>('a'));
  const typed: User | null = await cache.get('a');
  expectType<any[]>()(await cache.getMany('a', 2, 3n));
  expectType<(User | null)[]>()(await cache.getMany<User>(['a', 'b']));
  expectType<(User | null)[]>()(await cache.get_many<User>(...keys));
  expectType<Record<string, any>>()(await cache.getDict('a'));
  expectType<Record<string, User | null>>()(await cache.getDict<User>(keys));
  expectType<Record<string, User | null>>()(await cache.get_dict<User>(['a'] as const));
  expectType<Key[]>()(await cache.deleteMany(keys));
  expectType<Key[]>()(await cache.delete_many('a', 1));
  void typed;
  // @ts-expect-error an array and keys
  void cache.getMany(['a'], 'b');
  // @ts-expect-error keys and an array
  void cache.getDict('a', ['b']);
  // @ts-expect-error two arrays
  void cache.deleteMany(['a'], ['b']);
}

export async function mappings(): Promise<void> {
  await cache.setMany(user);
  await cache.setMany({ a: 1, b: user });
  await cache.setMany(new Map([['a', user]]));
  await cache.setMany(new Map<number, User>().entries(), null);
  await cache.set_many([['a', 1] as const]);
  expectType<Key[]>()(await cache.setMany(user, 60));
  // @ts-expect-error keys without values
  void cache.setMany(['a', 'b']);
  // @ts-expect-error a string is no mapping
  void cache.setMany('a');
}

declare function find(id: number): Promise<User | undefined>;

export async function factories(): Promise<void> {
  expectType<User | null>()(await cache.getOrSet('a', () => find(1)));
  const memoized = cache.memoize(find, { key: (id) => id });
  expectType<User | null>()(await memoized(1));
  expectType<boolean>()(await memoized.delete(1));
}

export async function tags(names: string[]): Promise<void> {
  await cache.deleteTag('a', 'b');
  await cache.delete_tag(names);
  // @ts-expect-error an array and a tag
  void cache.deleteTag(['a'], 'b');
  // @ts-expect-error a number is no tag
  void cache.deleteTag(1);
}

export const { hits, bytesSent }: { hits: number; bytesSent: number } = cache.stats();

export function views(signal: AbortSignal): RedisCache[] {
  return [
    cache.with({ signal: null, context: null, onError: null, serializer: null }),
    cache.with({ signal, operationTimeout: undefined }),
  ];
}

export function errors(error: unknown): boolean {
  const known: KnownErrorCode = 'READONLY';
  // @ts-expect-error a code with a slip of the pen
  const wrong: KnownErrorCode = 'READ_ONLY';
  if (!(error instanceof CacheError)) return known === wrong;
  expectType<ErrorCode>()(error.code);
  const ofServer: ErrorCode = 'CUSTOM';
  return error.code === 'TIMEOUT' || error.code === ofServer;
}

export const withHandler = new RedisCache('localhost', {
  onError(error, context) {
    expectType<ErrorContext>()(context);
    expectType<OperationName>()(context.operation);
    // @ts-expect-error no method of the cache
    return void (error.code === 'OOM' || context.operation === 'fetch');
  },
  serializer: {
    dumps: (value: User) => new TextEncoder().encode(value.name).buffer,
    loads: (bytes) => ({ name: new TextDecoder().decode(bytes) }),
  },
});
