/** The long tests on clusters and behind Sentinels: tests/…/*.long.js, and cachelib's own suite on both. */

import { add } from './counts.js';
import { testNode } from './node.js';
import { testPython } from './python.js';

/** @param {string[]} words */
export async function testCluster(words) {
  let counts = await testNode(words, '.long.js');
  if (words.length > 0) return counts;
  for (const deployment of ['cluster', 'sentinel']) {
    counts = add(counts, await testPython('--on', deployment));
  }
  return counts;
}
