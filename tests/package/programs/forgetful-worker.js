/** A Worker whose wrangler.toml binds the pool's class, which it forgets to export. */
import { env } from 'cloudflare:workers';
import { RedisCache } from 'cachelib-edge';

const cache = new RedisCache(env.REDIS_URL, { connector: env.POOL });

export default {
  async fetch() {
    return Response.json(await cache.get('page'));
  },
};
