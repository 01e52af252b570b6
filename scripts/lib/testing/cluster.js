/** The long tests on clusters and behind Sentinels: tests/…/*.long.js, and cachelib's own suite on a cluster. */

import { add } from './counts.js';
import { testNode } from './node.js';
import { testPython } from './python.js';

/** @param {string[]} words */
export async function testCluster(words) {
  const counts = await testNode(words, '.long.js');
  return words.length > 0 ? counts : add(counts, await testPython('--on-cluster'));
}
