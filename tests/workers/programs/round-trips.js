/**
 * A Worker that calls a server once, from a cache at module scope that has not called it before.
 */
import { RedisCache } from '../../../js/entries/workerd.js';
import { answer } from './answer.js';

/** @type {Map<string, RedisCache>} */
const caches = new Map();

/** @param {string} url */
function cacheAt(url) {
  const known = caches.get(url);
  const cache = known ?? new RedisCache(url, { throwOnError: true });
  caches.set(url, cache);
  return cache;
}

/** @param {Promise<unknown>} call */
const outcome = (call) => call.catch((/** @type {any} */ error) => error.code);

export default answer({
  get: ({ url, key }) => outcome(cacheAt(url).get(key)),
  set: ({ url, key }) => outcome(cacheAt(url).set(key, 'written')),
  add: ({ url, key }) => outcome(cacheAt(url).add(key, 'written')),
  inc: ({ url, key }) => outcome(cacheAt(url).inc(key)),
  delete: ({ url, key }) => outcome(cacheAt(url).delete(key)),
});
