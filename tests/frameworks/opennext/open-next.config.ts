import { defineCloudflareConfig } from '@opennextjs/cloudflare';
import { RedisCache } from 'cachelib-edge';
import { incrementalCache, tagCache } from 'cachelib-edge/adapters/opennext';

const cache = new RedisCache(process.env.REDIS_URL, { keyPrefix: 'opennext:' });
const config = defineCloudflareConfig({
  incrementalCache: incrementalCache(cache),
  tagCache: tagCache(cache),
  // The page is answered before Next starts.
  enableCacheInterception: true,
});

export default {
  ...config,
  buildCommand: 'npx next build',
  // OpenNext bundles this file as for a browser. What is named here is left for the bundlers after it, which know workerd.
  edgeExternals: [...config.edgeExternals, 'cachelib-edge', 'cachelib-edge/adapters/opennext'],
};
