/**
 * The floor on a cluster: a bare loop (floor.js) for each primary. It asks once who has a key and never again: nothing moves here. What it
 * costs beside one bare loop is what every client of a cluster pays, since each batch goes to several sockets.
 */

import { createClient } from '../../tests/support/resp-client.js';
import { connect as connectFloor } from './floor.js';

/** @typedef {Awaited<ReturnType<typeof connectFloor>>} Floor */

/** @param {number} port of one of the nodes */
export async function connect(port) {
  const seed = await createClient({ host: '127.0.0.1', port });
  /** @type {[first: number, last: number, primary: [host: string, port: number]][]} */
  const ranges = await seed.send('CLUSTER', 'SLOTS');
  const loops = await Promise.all(ranges.map(([, , [, primary]]) => connectFloor(primary)));
  /** @type {Map<string, Floor>} */
  const owners = new Map();

  /** @param {string} key */
  async function locate(key) {
    const slot = await seed.send('CLUSTER', 'KEYSLOT', key);
    const owner = /** @type {Floor} */ (
      loops[ranges.findIndex(([first, last]) => first <= slot && slot <= last)]
    );
    owners.set(key, owner);
    return owner;
  }

  /** @param {'string' | 'object'} value */
  function methodsOf(value) {
    const get = (/** @type {string} */ key) => owners.get(key)?.[value].get(key);
    return {
      get,
      getMany: (/** @type {string[]} */ keys) => Promise.all(keys.map(get)),
      set: (/** @type {string} */ key, /** @type {any} */ stored) =>
        owners.get(key)?.[value].set(key, stored) ??
        locate(key).then((owner) => owner[value].set(key, stored)),
    };
  }

  return {
    string: methodsOf('string'),
    object: methodsOf('object'),
    async close() {
      seed.close();
      for (const loop of loops) await loop.close();
    },
  };
}
