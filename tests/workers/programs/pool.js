/**
 * A Worker whose cache at module scope reaches Redis through a pool, and one that does not.
 */
import { DurableObject, env } from 'cloudflare:workers';
import { RedisCache } from '../../../js/entries/workerd.js';
import { answer } from './answer.js';

export { RedisPool } from '../../../js/pool/durable-object.js';

const OPTIONS = { keyPrefix: 'pool:', throwOnError: true };
const cache = new RedisCache(env.REDIS_URL, { ...OPTIONS, connector: env.REDIS });

/**
 * A cache made in the handler, through a stub.
 *
 * @param {string} url
 * @param {object} [options]
 */
const made = (url, options) =>
  new RedisCache(url, { ...OPTIONS, connector: env.REDIS.getByName('another'), ...options });

/** @type {any} */
let kept;

/** @param {Promise<unknown>} call */
const codeOf = (call) =>
  call.then(
    () => 'resolved',
    (error) => `${error.code} ${error.message} (${error.cause})`,
  );

const actions = {
  async work({ id }) {
    await cache.set(`own:${id}`, { id });
    const [own, has, list] = await Promise.all([
      cache.get(`own:${id}`),
      cache.has(`own:${id}`),
      cache.getMany(`own:${id}`, 'nothing'),
    ]);
    return { own, has, list, counted: await cache.inc(`count:${id}`) };
  },
  get: ({ id }) => cache.get(id),
  set: ({ id }) => cache.set(id, id),
  inc: ({ id }) => cache.inc(id),
  async forget({ id }) {
    void cache.set(id, id);
  },
  /** Many calls of one tick. */
  async tick({ count }) {
    const keys = Array.from({ length: Number(count) }, (_, index) => `tick:${index}`);
    await Promise.all(keys.map((key) => cache.set(key, key)));
    const values = await Promise.all(keys.map((key) => cache.get(key)));
    return values.every((value, index) => value === keys[index]);
  },
  /** Every method. */
  async methods() {
    const redis = cache.with({ keyPrefix: 'methods:' });
    return [
      await redis.setMany({ a: 1, b: new Map([[1, 2]]) }),
      await redis.getMany('a', 'b', 'c'),
      await redis.getDict('a', 'c'),
      await redis.add('a', 2),
      await redis.add('c', 3),
      await redis.inc('a', 5),
      await redis.dec('a'),
      await redis.has('a'),
      await redis.delete('a'),
      await redis.deleteMany('b', 'c'),
      await redis.checkConnection(),
      await redis.clear(),
      await redis.get('a'),
    ].map((value) => (value instanceof Map ? [...value] : value));
  },
  /** Bytes come back as they were; beyond 32 MiB they travel as a stream. */
  async large({ bytes }) {
    const length = Number(bytes);
    const value = new Uint8Array(length).map((_, index) => (index * 31) ^ (index >> 8));
    const redis = cache.with({ serializer: 'raw', operationTimeout: 30 });
    const [stored, counted, back] = await Promise.all([
      redis.set('large', value),
      redis.has('large'),
      redis.get('large'),
    ]);
    return stored && counted && back.length === length && back.every((b, i) => b === value[i]);
  },
  locked: ({ url, db }) => codeOf(made(url, { db: Number(db) }).set('k', 'v')),
  unreachable: ({ url }) => codeOf(made(url, { operationTimeout: 3, connectTimeout: 1 }).get('k')),
  wrongClass: ({ url, binding }) => codeOf(made(url, { connector: env[binding] }).get('k')),
  throwing: ({ url }) => codeOf(made(url, { connector: env.THROWING }).get('k')),
  async forgotten({ url }) {
    return codeOf((async () => made(url, { connector: env.FORGOTTEN }))());
  },
  async keepStub({ url }) {
    kept = made(url);
    return kept.set('kept', 1);
  },
  useStub: () => codeOf(kept.get('kept')),
};

export default answer(actions);

/** No pool. */
export class Other extends DurableObject {}

/** Not even a class that can be called. */
export class Plain {}

/** A pool that fails. */
export class Throwing {
  async fetch() {
    return new Response();
  }

  constructor() {
    throw new Error('out of order');
  }
}
