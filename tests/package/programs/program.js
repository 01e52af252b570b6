/** For Node, Deno and Bun: it ends by itself, though the cache is not closed. */
import { RedisCache } from 'cachelib-edge';
import { use } from './use.js';

const cache = new RedisCache(process.argv[2], { throwOnError: true });
console.log(JSON.stringify(await use(cache)));
