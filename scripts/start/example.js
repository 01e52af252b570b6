/** All that the example is made of: a Redis, Python's cachelib beside it, and the Worker in workerd. */

import { openRedis } from './redis.js';
import { startPythonPeer } from './python-peer.js';
import { print } from './terminal.js';
import { startWorker } from './worker.js';

/** The prefix of the example Worker's keys. */
export const PREFIX = 'example:';

/**
 * @typedef {object} Example
 * @property {string} url where the page is
 * @property {import('./redis.js').Redis} redis
 * @property {import('./python-peer.js').PythonPeer} peer
 * @property {string[]} about what runs where, in words
 * @property {() => Promise<void>} stop ends all that was started
 */

/**
 * Starts everything; when one part does not start, stops the others.
 * @param {{ port?: number, isCluster?: boolean }} options the Worker's port, and whether Redis is a cluster
 * @returns {Promise<Example>}
 */
export async function startExample({ isCluster = false, port }) {
  /** @type {(() => Promise<void>)[]} */
  const stops = [];
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    print('… Starting Redis, Python and the Worker (about 5 seconds)');
    const redis = await openRedis(isCluster);
    stops.push(redis.stop);
    const peer = await startPythonPeer(redis.url, PREFIX);
    stops.push(peer.stop);
    const { server, by } = await peer.ask('hello');
    const worker = await startWorker(redis.url, port);
    stops.push(worker.stop);
    const about = [
      `Redis ${server} at ${redis.name}${redis.isOwn ? ', started for this' : ', from REDIS_URL'}`,
      by,
      `the Worker in workerd at ${worker.url}`,
    ];
    return { url: worker.url, redis, peer, about, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
