import { RedisCache } from 'cachelib-edge';

/** @type {RedisCache | undefined} */
let cache;

/** @param {string} url */
export function cacheAt(url) {
  return (cache ??= new RedisCache(url, { keyPrefix: 'sveltekit:', throwOnError: true }));
}
