/** The cache where there are no types of a platform. It is compiled, and never run. */
import { CacheError, RedisCache } from 'cachelib-edge';
import type { CacheOptions } from 'cachelib-edge';

const options: CacheOptions = { keyPrefix: 'shop:', throwOnError: true };
const cache = new RedisCache('redis://cache.example.com', options);
const stored: boolean = await cache.set('front', { any: 'thing' }, 60);
const code: string | null = await cache
  .get('front')
  .catch((error: unknown) => (error instanceof CacheError ? error.code : null));
void [stored, code];
