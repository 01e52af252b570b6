/** The Redis of the example: one of its own, or the one that $REDIS_URL names. */

import { startRedis } from '../../tests/support/redis.js';

/** @typedef {{ url: string, name: string, isOwn: boolean, stop(): Promise<void> }} Redis */

/** @returns {Promise<Redis>} */
export async function openRedis() {
  const given = process.env.REDIS_URL;
  if (given !== undefined && given !== '') {
    return { url: given, name: withoutPassword(given), isOwn: false, stop: async () => {} };
  }
  const { url, hostname, port, stop } = await startRedis();
  return { url, name: `${hostname}:${port}`, isOwn: true, stop };
}

/** @param {string} url */
function withoutPassword(url) {
  if (!URL.canParse(url)) throw new Error('REDIS_URL is no URL, such as redis://localhost:6379/0');
  const { host, pathname } = new URL(url);
  return `${host || 'localhost'}${pathname}`;
}
