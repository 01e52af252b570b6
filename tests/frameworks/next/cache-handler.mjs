import { RedisCache } from 'cachelib-edge';
import { cacheHandler } from 'cachelib-edge/adapters/next';

export default cacheHandler(new RedisCache(process.env.REDIS_URL, { keyPrefix: 'next:' }));
