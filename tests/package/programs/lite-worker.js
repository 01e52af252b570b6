/** For workerd: caches of the lite entry at module scope, of which one is through the pool. */
import { env } from 'cloudflare:workers';
import { RedisCache } from 'cachelib-edge/lite';
import { use } from './use.js';

export { RedisPool } from 'cachelib-edge/durable-object';

const options = { throwOnError: true };
const direct = new RedisCache(env.REDIS_URL, options);
const pooled = new RedisCache(env.REDIS_URL, { ...options, connector: env.POOL });

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    return Response.json(await use(pathname === '/pooled' ? pooled : direct));
  },
};
