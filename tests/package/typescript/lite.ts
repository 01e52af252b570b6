/** What the lite entry takes and has not. It is compiled, and never run. */
import { CacheError, RedisCache } from 'cachelib-edge/lite';
import type { LiteOptions } from 'cachelib-edge/lite';

const options: LiteOptions = { keyPrefix: 'shop:', defaultTimeout: 60 };
export const cache = new RedisCache('redis://cache.example.com', options);
const stored: boolean = await cache.with({ throwOnError: true }).set('front', 1, 60);
const value: number | null = await cache.get<number>('front');
await cache.inc('visits', 2n).catch((error: unknown) => error instanceof CacheError && error.code);
void [stored, value];
// @ts-expect-error clusters are of the whole package
new RedisCache('redis://cache.example.com', { cluster: true });
// @ts-expect-error and so are near caches
cache.with({ near: {} });
// @ts-expect-error tags
void cache.set('front', 1, 60, { tags: ['home'] });
// @ts-expect-error counters that expire
void cache.inc('visits', 1, 60);
// @ts-expect-error and the cache layer
void cache.getOrSet('front', () => 1);
