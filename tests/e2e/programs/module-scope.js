/**
 * A Worker with one cache at module scope, and a Durable Object with another.
 */
import { RedisCache } from '../../../js/entries/workerd.js';

/** @type {RedisCache | undefined} */
let cache;

/** @param {string | null} url */
const shared = (url) =>
  (cache ??= new RedisCache(url ?? '', { keyPrefix: 'scope:', throwOnError: true }));

// At global scope nothing is allowed but making it.
const early = new RedisCache('redis://127.0.0.1:1', { throwOnError: true });
const forbidden = early.get('k').then(
  () => 'resolved',
  (/** @type {any} */ error) => error.code ?? String(error),
);

/** @type {Record<string, (cache: RedisCache, id: string, env: any) => Promise<unknown>>} */
const actions = {
  /** Five operations whose answers belong to this request alone. */
  async work(redis, id) {
    await redis.set(`own:${id}`, { id });
    const [own, has, list] = await Promise.all([
      redis.get(`own:${id}`),
      redis.has(`own:${id}`),
      redis.getMany(`own:${id}`, 'nothing'),
    ]);
    return { own, has, list, counted: await redis.inc(`count:${id}`) };
  },
  /** A write that nobody waits for. */
  async forget(redis, id) {
    void redis.set(`forgotten:${id}`, id);
    return 'answered';
  },
  read: (redis, id) => redis.get(id),
  early: () => forbidden,
  object: async (_, id, env) =>
    (await env.OBJECT.getByName('one').fetch(`http://object/?id=${id}`)).json(),
};

export default {
  /**
   * @param {Request} request
   * @param {any} env
   */
  async fetch(request, env) {
    const { searchParams } = new URL(request.url);
    const action = actions[searchParams.get('action') ?? ''];
    if (!action) return new Response(null, { status: 404 });
    const id = searchParams.get('id') ?? '';
    try {
      return Response.json(await action(shared(env.REDIS_URL), id, env));
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  },
};

export class Counter {
  /**
   * @param {unknown} _
   * @param {any} env
   */
  constructor(_, env) {
    this.cache = new RedisCache(env.REDIS_URL, { throwOnError: true });
  }

  /** @param {Request} request */
  async fetch(request) {
    const id = new URL(request.url).searchParams.get('id') ?? '';
    await this.cache.set(`object:${id}`, id);
    return Response.json(await this.cache.get(`object:${id}`));
  }
}
