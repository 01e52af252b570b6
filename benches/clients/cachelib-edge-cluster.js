/** This package on a cluster. */

import { connectTo } from './cachelib-edge.js';

/** @param {number} port of one of the nodes */
export function connect(port) {
  return connectTo(`redis+cluster://127.0.0.1:${port}`);
}
