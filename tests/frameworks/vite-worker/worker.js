import { env } from 'cloudflare:workers';
import { RedisCache } from 'cachelib-edge';

const cache = new RedisCache(env.REDIS_URL, { throwOnError: true });

export default {
  fetch: async () => Response.json({ visits: await cache.inc('visits') }),
};
