/** node-redis on a cluster. It has no MGET over hash slots: it pipelines a GET for each key. */

import { createCluster } from 'redis';
import { methodsOf } from './node-redis.js';

/** @param {number} port of one of the nodes */
export async function connect(port) {
  const rootNodes = [{ url: `redis://127.0.0.1:${port}` }];
  return methodsOf(await createCluster({ rootNodes }).connect());
}
