/**
 * A Worker whose caches at module scope read from a replica behind Sentinels: one with sockets of its requests, one through a pool.
 */
import { env } from 'cloudflare:workers';
import { RedisCache } from '../../../js/entries/workerd.js';
import { answer } from './answer.js';

export { RedisPool } from '../../../js/pool/durable-object.js';

const OPTIONS = /** @type {const} */ ({ throwOnError: true, readFrom: 'preferReplica' });
/** @type {Record<string, RedisCache>} */
const caches = {
  sockets: new RedisCache(env.REDIS_URL, OPTIONS),
  pool: new RedisCache(env.REDIS_URL, { ...OPTIONS, connector: env.REDIS }),
};

const actions = {
  get: ({ through, key }) => caches[through].get(key),
  set: ({ through, key }) => caches[through].set(key, key),
};

export default answer(actions);
