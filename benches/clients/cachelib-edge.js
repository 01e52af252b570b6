/** This package, as its users import it, with the default serializer. */

import { RedisCache } from 'cachelib-edge';

/** @param {number} port */
export async function connect(port) {
  const cache = new RedisCache(`redis://127.0.0.1:${port}`, { throwOnError: true });
  const methods = {
    set: (/** @type {string} */ key, /** @type {unknown} */ value) => cache.set(key, value),
    get: (/** @type {string} */ key) => cache.get(key),
  };
  return { string: methods, object: methods, close: () => cache.close() };
}
