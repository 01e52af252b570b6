const { RedisCache } = require('cachelib-edge');

const cache = new RedisCache(process.argv[2], { throwOnError: true });
import('./use.js').then(async ({ use }) => console.log(JSON.stringify(await use(cache))));
