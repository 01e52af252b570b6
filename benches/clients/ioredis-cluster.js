/** ioredis on a cluster, with automatic pipelining. It has no MGET over hash slots: it pipelines a GET for each key. */

import { Cluster } from 'ioredis';
import { methodsOf } from './ioredis.js';

/** @param {number} port of one of the nodes */
export async function connect(port) {
  return methodsOf(new Cluster([{ host: '127.0.0.1', port }], { enableAutoPipelining: true }));
}
