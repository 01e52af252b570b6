import { RedisCache } from '../../../js/entries/node.js';

const cache = new RedisCache(process.argv[2]);
console.log(await cache.set('k', 1), await cache.get('k'));
