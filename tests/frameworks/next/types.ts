import type { IncrementalCache, NextModeTagCache } from '@opennextjs/aws/types/overrides.js';
import type { CacheHandler } from 'next/dist/server/lib/cache-handlers/types';
import { RedisCache } from 'cachelib-edge';
import { cacheHandler } from 'cachelib-edge/adapters/next';
import { incrementalCache, tagCache } from 'cachelib-edge/adapters/opennext';

const cache = new RedisCache();
export const handler = cacheHandler(cache) satisfies CacheHandler;
export const incremental = incrementalCache(cache) satisfies IncrementalCache;
export const tags = tagCache(cache) satisfies NextModeTagCache;
