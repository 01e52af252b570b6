import { RedisCache, webSocket } from '../../../js/entries/default.js';

const { Deno, process } = /** @type {any} */ (globalThis);
const [bridge] = Deno?.args ?? process.argv.slice(2);
const cache = new RedisCache('localhost', { connector: webSocket(bridge), throwOnError: true });
console.log(await cache.set('k', 1), await cache.get('k'));
