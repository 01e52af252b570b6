/** This package, as its users import it, with the default serializer. */

import { RedisCache } from 'cachelib-edge';

/** @param {number} port */
export function connect(port) {
  return connectTo(`redis://127.0.0.1:${port}`);
}

/** @param {string} url */
export async function connectTo(url) {
  const cache = new RedisCache(url, { throwOnError: true });
  const methods = {
    set: (/** @type {string} */ key, /** @type {unknown} */ value) => cache.set(key, value),
    get: (/** @type {string} */ key) => cache.get(key),
    getMany: (/** @type {string[]} */ keys) => cache.getMany(keys),
  };
  return { string: methods, object: methods, close: () => cache.close() };
}
