import { RedisCache } from 'cachelib-edge';
import { KeyvStore } from 'cachelib-edge/adapters/keyv';

const cache = new RedisCache(process.env.REDIS_URL, { throwOnError: true });
await cache.set('list', [1, 'b'], 60);
await new KeyvStore(cache).set('keyv', 'value');
console.log(JSON.stringify([await cache.get('list'), await cache.get('keyv')]));
