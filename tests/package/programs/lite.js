/** For Node, Deno and Bun: one server and cachelib's methods, and the whole package beside it. */
import { RedisCache as WholeCache } from 'cachelib-edge';
import { RedisCache } from 'cachelib-edge/lite';
import { use } from './use.js';

const cache = new RedisCache(process.argv[2], { throwOnError: true });
const outcome = await use(cache);
await cache.set('shared', 'text');
const whole = new WholeCache(process.argv[2], { throwOnError: true });
const computed = await whole.getOrSet('shared', () => 'missed');
console.log(JSON.stringify({ computed, ...outcome }));
