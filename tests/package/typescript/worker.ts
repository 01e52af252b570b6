/** A Worker, with the types that `wrangler types` makes. It is compiled, and never run. */
import { env } from 'cloudflare:workers';
import { RedisCache } from 'cachelib-edge';
import 'cachelib-edge/tracking';
export { RedisPool } from 'cachelib-edge/durable-object';

const pooled = new RedisCache(env.REDIS_URL, { connector: env.POOL });

export default {
  async fetch(request, { POOL, BACKEND, REDIS_URL }) {
    const near = new RedisCache(REDIS_URL, { connector: POOL.getByName('near') });
    const through = new RedisCache(REDIS_URL, { connector: BACKEND });
    await near.set(request.url, await through.get('front'), 60);
    return Response.json(await pooled.get(request.url));
  },
} satisfies ExportedHandler<Env>;
