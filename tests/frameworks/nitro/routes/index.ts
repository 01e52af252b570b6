import { RedisCache } from 'cachelib-edge';

const cache = new RedisCache(process.env.REDIS_URL ?? 'redis://localhost', { throwOnError: true });

export default defineCachedEventHandler(async () => ({ made: await cache.inc('made') }), {
  maxAge: 60,
  getKey: () => 'front',
});
