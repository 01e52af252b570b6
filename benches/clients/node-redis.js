/** node-redis, which pipelines the commands of a tick by itself. */

import { createClient } from 'redis';
import { TIMEOUT } from '../workload.js';

/** @param {number} port */
export async function connect(port) {
  const client = await createClient({ socket: { host: '127.0.0.1', port } }).connect();
  const options = { expiration: { type: /** @type {const} */ ('EX'), value: TIMEOUT } };
  const set = (/** @type {string} */ key, /** @type {string} */ value) =>
    client.set(key, value, options);
  const get = (/** @type {string} */ key) => client.get(key);
  return {
    string: { set, get },
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
