/** node-redis, which pipelines the commands of a tick by itself. */

import { createClient } from 'redis';
import { TIMEOUT } from '../workload.js';

/** @param {number} port */
export async function connect(port) {
  return methodsOf(await createClient({ socket: { host: '127.0.0.1', port } }).connect());
}

/** @param {any} client of a server or a cluster */
export function methodsOf(client) {
  const options = { expiration: { type: /** @type {const} */ ('EX'), value: TIMEOUT } };
  const set = (/** @type {string} */ key, /** @type {string} */ value) =>
    client.set(key, value, options);
  /** @type {(key: string) => Promise<string | null>} */
  const get = (key) => client.get(key);
  return {
    string: { set, get, getMany: (/** @type {string[]} */ keys) => Promise.all(keys.map(get)) },
    object: {
      set: (/** @type {string} */ key, /** @type {unknown} */ value) =>
        set(key, JSON.stringify(value)),
      get: (/** @type {string} */ key) => get(key).then(parse),
    },
    close: async () => client.destroy(),
  };
}

/** @param {string | null} text */
function parse(text) {
  return text === null ? null : JSON.parse(text);
}
