/**
 * A cluster or Sentinels for a program in another language: prints its addresses as one line of JSON, and ends with its
 * standard input.
 *
 *     node deployment-process.js cluster
 *     node deployment-process.js sentinel
 */
import { startCluster } from './cluster.js';
import { startSentinels } from './sentinel.js';

const start = { cluster: startCluster, sentinel: startSentinels }[process.argv[2] ?? ''];
if (!start) throw new Error('say cluster or sentinel');
const deployment = await start();
const { url, addresses } = deployment;
console.log(JSON.stringify({ url, addresses: addresses.split(',') }));
process.stdin.resume().once('end', () => deployment.stop());
