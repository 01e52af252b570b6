/** ioredis with automatic pipelining, its fastest way for many concurrent handlers. */

import { Redis } from 'ioredis';
import { TIMEOUT } from '../workload.js';

/** @param {number} port */
export async function connect(port) {
  return methodsOf(new Redis({ host: '127.0.0.1', port, enableAutoPipelining: true }));
}

/** @param {Redis | import('ioredis').Cluster} redis */
export function methodsOf(redis) {
  const set = (/** @type {string} */ key, /** @type {string} */ value) =>
    redis.set(key, value, 'EX', TIMEOUT);
  const get = (/** @type {string} */ key) => redis.get(key);
  return {
    string: { set, get, getMany: (/** @type {string[]} */ keys) => Promise.all(keys.map(get)) },
    object: {
      set: (/** @type {string} */ key, /** @type {unknown} */ value) =>
        set(key, JSON.stringify(value)),
      get: (/** @type {string} */ key) => get(key).then(parse),
    },
    close: async () => redis.disconnect(),
  };
}

/** @param {string | null} text */
function parse(text) {
  return text === null ? null : JSON.parse(text);
}
