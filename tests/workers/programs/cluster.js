/**
 * A Worker whose caches at module scope share a cluster: one with sockets of its requests, one through a pool.
 */
import { env } from 'cloudflare:workers';
import { RedisCache } from '../../../js/entries/workerd.js';
import { answer } from './answer.js';

export { RedisPool } from '../../../js/pool/durable-object.js';

const OPTIONS = { throwOnError: true };
/** @type {Record<string, RedisCache>} */
const caches = {
  sockets: new RedisCache(env.REDIS_URL, OPTIONS),
  pool: new RedisCache(env.REDIS_URL, { ...OPTIONS, connector: env.REDIS }),
};

const keys = Array.from({ length: 200 }, (_, index) => `many-${index}`);

const actions = {
  get: ({ through, key }) => caches[through].get(key),
  set: ({ through, key }) => caches[through].set(key, key),
  inc: ({ through, key }) => caches[through].inc(key),
  /** Keys of all nodes; the request goes on for a while. */
  async many({ through, rest }) {
    const cache = caches[through];
    const stored = await cache.setMany(keys.map((key, index) => [key, index]));
    const found = await cache.getMany(keys);
    await new Promise((resolve) => setTimeout(resolve, Number(rest)));
    return stored.length === keys.length && found.every((value, index) => value === index);
  },
  /** As from many isolates: caches that know nothing of each other. */
  async cold({ caches: count }) {
    const values = Array.from({ length: Number(count) }, () =>
      new RedisCache(env.REDIS_URL, { ...OPTIONS, connector: env.REDIS }).get('nothing'),
    );
    return (await Promise.all(values)).every((value) => value === null);
  },
  /** The same through one object for all nodes. */
  async stub() {
    const connector = env.REDIS.getByName('one');
    const cache = new RedisCache(env.REDIS_URL, { ...OPTIONS, connector });
    return cache.getMany(keys).then(
      () => 'resolved',
      (error) => error.code,
    );
  },
};

export default answer(actions);
