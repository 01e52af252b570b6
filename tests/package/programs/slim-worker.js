/** For workerd: a cache at module scope with the WebAssembly given to it. */
import { env } from 'cloudflare:workers';
import core from 'cachelib-edge/redis_cache.wasm';
import { RedisCache, useModule } from 'cachelib-edge/slim';
import { use } from './use.js';

export { RedisPool } from 'cachelib-edge/durable-object';

useModule(core);
const cache = new RedisCache(env.REDIS_URL, { throwOnError: true });

export default {
  fetch: async () => Response.json(await use(cache)),
};
