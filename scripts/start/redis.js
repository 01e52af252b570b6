/** The Redis of the example: one of its own, a cluster of its own, or what $REDIS_URL names. */

import { startCluster } from '../../tests/support/cluster.js';
import { startRedis } from '../../tests/support/redis.js';

/** @typedef {{ url: string, name: string, isOwn: boolean, stop(): Promise<void> }} Redis */

/**
 * @param {boolean} isCluster
 * @returns {Promise<Redis>}
 */
export async function openRedis(isCluster) {
  const given = process.env.REDIS_URL;
  if (given !== undefined && given !== '') {
    if (isCluster) throw new Error('REDIS_URL is set: leave it out, or leave out --cluster');
    return { url: given, name: withoutPassword(given), isOwn: false, stop: async () => {} };
  }
  if (isCluster) return openCluster();
  const { url, hostname, port, stop } = await startRedis();
  return { url, name: `${hostname}:${port}`, isOwn: true, stop };
}

/** @returns {Promise<Redis>} */
async function openCluster() {
  const cluster = await startCluster();
  const { url, addresses } = cluster;
  const name = `${addresses.replaceAll(',', ', ')}, a cluster with 3 replicas`;
  return { url, name, isOwn: true, stop: () => cluster.stop() };
}

/** @param {string} url which may name many hosts */
function withoutPassword(url) {
  const [, place] = /^[a-z+-]+:\/\/(?:[^/?#]*@)?([^?#]*)/i.exec(url) ?? [];
  if (place === undefined) {
    throw new Error('REDIS_URL is no URL, such as redis://localhost:6379/0');
  }
  return place.replace(/^(?=\/|$)/, 'localhost');
}
