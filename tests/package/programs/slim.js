/** For Node, Deno and Bun: the WebAssembly is given, after it was missed. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { RedisCache, useModule } from 'cachelib-edge/slim';
import { use } from './use.js';

const cache = new RedisCache(process.argv[2], { throwOnError: true });
const missed = await cache.get('value').catch((error) => error.code);
const file = import.meta.resolve('cachelib-edge/redis_cache.wasm');
useModule(await readFile(fileURLToPath(file)));
console.log(JSON.stringify({ missed, ...(await use(cache)) }));
