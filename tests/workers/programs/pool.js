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

const encoder = new TextEncoder();
const HALF = encoder.encode('*2\r\n$3\r\nGET\r\n');

/** @type {Record<string, () => unknown>} */
const payloads = {
  nothing: () => undefined,
  null: () => null,
  text: () => 'PING\r\n',
  number: () => 1,
  object: () => ({ length: 0 }),
  buffer: () => HALF.buffer,
  'half a stream': () => new Blob([HALF]).stream(),
  'a stream that fails': () =>
    new ReadableStream({
      type: 'bytes',
      pull(controller) {
        controller.enqueue(HALF.slice());
        controller.error(new Error('no more'));
      },
    }),
};

/**
 * @param {string} hostname
 * @param {number} port
 */
const sharedTarget = (hostname, port) => ({
  address: { hostname, port, tls: false },
  database: 0,
  clientName: 'cachelib-edge',
  connectTimeout: 5000,
});

/**
 * @param {string} hostname
 * @param {number} port
 * @returns {Record<string, unknown>}
 */
const targets = (hostname, port) => {
  const target = sharedTarget(hostname, port);
  return {
    nothing: undefined,
    'no address': { ...target, address: null },
    'no host': { ...target, address: { port } },
    'a port of text': { ...target, address: { hostname, port: `${port}` } },
    'a password that is no text': { ...target, password: {} },
    'a database of text': { ...target, database: '0\r\nMONITOR' },
    'no time': { ...target, connectTimeout: NaN },
  };
};

/** @param {Promise<unknown>} call */
const codeOf = (call) =>
  call.then(
    () => 'resolved',
    (error) => `${error.code} ${error.message} (${error.cause})`,
  );

const actions = {
  async work({ id }) {
    // Hundreds of these at once take long on a busy machine.
    const patient = cache.with({ operationTimeout: 30 });
    await patient.set(`own:${id}`, { id });
    const [own, has, list] = await Promise.all([
      patient.get(`own:${id}`),
      patient.has(`own:${id}`),
      patient.getMany(`own:${id}`, 'nothing'),
    ]);
    return { own, has, list, counted: await patient.inc(`count:${id}`) };
  },
  get: ({ id }) => cache.get(id),
  set: ({ id }) => cache.set(id, id),
  setAt: ({ url }) => made(url).set('k', 1),
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
      await redis.getOrSet('d', () => ({ d: 1 }), { timeout: 60, grace: 30, tags: ['t'] }),
      await redis.getOrSet('d', () => 'not again', { timeout: 60, grace: 30 }),
      await redis.touch('d', 0),
      await redis.ttl('d'),
      await redis.expire('d', 30),
      await redis.deleteTag('t'),
      await redis.inc('e', 2, 60),
      await redis.pop('e'),
      await redis.getWithTtl('e'),
      await (await redis.lock('f'))?.release(),
      await Array.fromAsync(redis.keys()),
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
  /** Gives the pool of the shared cache what no cache would give it. */
  async hostile({ payload, target, text }) {
    const { hostname, port } = new URL(env.REDIS_URL);
    const stub = env.REDIS.get(env.REDIS.idFromName(`${hostname}:${port}`));
    const asked = target
      ? targets(hostname, Number(port))[target]
      : sharedTarget(hostname, Number(port));
    const result = await stub.exchange(
      asked,
      payload ? payloads[payload]?.() : encoder.encode(text),
    );
    return result.code ?? new Response(result).text();
  },
  locked: ({ url, db }) => codeOf(made(url, { db: Number(db) }).set('k', 'v')),
  patient: ({ connectTimeout }) =>
    codeOf(
      new RedisCache(env.REDIS_URL, {
        ...OPTIONS,
        connector: env.REDIS,
        connectTimeout: Number(connectTimeout),
      }).get('k'),
    ),
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
