import { RedisCache } from '../../../js/entries/deno.js';

const cache = new RedisCache(/** @type {any} */ (globalThis).Deno.args[0]);
console.log(await cache.set('k', 1), await cache.get('k'));
