import { env } from '$env/dynamic/private';
import { cacheAt } from '$lib/cache.js';

export async function load() {
  const cache = cacheAt(env.REDIS_URL);
  return {
    visits: await cache.inc('visits'),
    made: await cache.getOrSet('made', () => [1, 'b'], 60),
  };
}
