import { RedisCache } from 'cachelib-edge';

export const cache = new RedisCache(process.env.REDIS_URL, {
  keyPrefix: 'react-router:',
  throwOnError: true,
});
