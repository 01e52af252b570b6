/** The package with the WebAssembly given to it. It is compiled, and never run. */
import core from 'cachelib-edge/redis_cache.wasm';
import { CacheError, RedisCache, useModule, webSocket } from 'cachelib-edge/slim';

useModule(core satisfies WebAssembly.Module);
useModule(await (await fetch('/redis_cache.wasm')).arrayBuffer());
const cache = new RedisCache('localhost', { connector: webSocket('wss://bridge.example.com/') });
await cache.get('front').catch((error: unknown) => error instanceof CacheError && error.code);
