/** For a page that compiles the WebAssembly while it arrives: bundled, and not run. */
import url from 'cachelib-edge/redis_cache.wasm?url';
import { RedisCache, useModule, webSocket } from 'cachelib-edge/slim';

useModule(await WebAssembly.compileStreaming(fetch(url)));
const connector = webSocket('wss://bridge.example.com/');
export const cache = new RedisCache('localhost', { connector });
