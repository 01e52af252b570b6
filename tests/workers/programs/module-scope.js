/**
 * A Worker with one cache at module scope, for its requests and its Durable Objects.
 */
import { tracing } from 'cloudflare:workers';
import { RedisCache } from '../../../js/entries/workerd.js';
import { core } from '../../../js/core/whole.js';
import { answer } from './answer.js';

/** Hundreds of connections at once take their time on a loaded machine. */
const OPTIONS = {
  keyPrefix: 'scope:',
  throwOnError: true,
  connectTimeout: 30,
  operationTimeout: 30,
};
/** A thousand do on any. */
const PATIENT = { ...OPTIONS, connectTimeout: 60, operationTimeout: 120 };

/** @type {RedisCache | undefined} */
let cache;
/** @param {any} env */
const shared = (env) => (cache ??= new RedisCache(env.REDIS_URL, OPTIONS));
/** @type {RedisCache | undefined} */
let patient;
/** @param {any} env */
const crowded = (env) => (patient ??= new RedisCache(env.REDIS_URL, PATIENT));

/** @type {RedisCache | undefined} */
let down;

// At global scope nothing is allowed but making a cache. The clock reads 0 there.
const early = new RedisCache('redis://127.0.0.1:1', { ...OPTIONS, operationTimeout: 1 });
const clock = performance.now();
const forbidden = early.get('k').then(
  () => 'resolved',
  (/** @type {any} */ error) => error.code ?? String(error),
);
/** @type {AbortController | undefined} */
let controller;
/** What the runtime takes for rejections that nobody handles. @type {string[]} */
let unhandled = [];
addEventListener('unhandledrejection', ({ reason }) => void unhandled.push(String(reason)));

/** @type {any} The context of a request that goes on. */
let keptContext;

/** @type {Record<string, (parameters: any, env: any, ctx: any) => Promise<unknown>>} */
const actions = {
  /** Five operations whose answers belong to this request alone. */
  work: ({ id }, env) => work(shared(env), id),
  inHandler: ({ id }, env) => work(new RedisCache(env.REDIS_URL, OPTIONS), id),
  /** The same, with idle time in between. */
  async slowly({ id, wait }, env) {
    const redis = shared(env);
    const before = await redis.inc(`slow:${id}`);
    await scheduler.wait(Number(wait));
    return [before, await redis.inc(`slow:${id}`)];
  },
  /** Calls with pauses between them, which end in no order. */
  found: ({ id }, env) => pausing(crowded(env), id),
  given: ({ id }, env, ctx) => pausing(crowded(env).with({ context: ctx }), id),
  /** The same with and without. */
  async mixed({ id }, env, ctx) {
    await pausing(crowded(env).with({ context: ctx }), id);
    return pausing(crowded(env), id);
  },
  /** The same in spans of the user's own. */
  async inSpans({ id }, env) {
    await crowded(env).set('first', id);
    return tracing.enterSpan('outer', async () => {
      await pausing(crowded(env), id);
      return tracing.enterSpan('inner', () => pausing(crowded(env), id));
    });
  },
  /** Keeps its context while another request misuses it. */
  async keepContext({ wait }, env, ctx) {
    keptContext = ctx;
    await shared(env).with({ context: ctx }).set('kept', 1);
    await scheduler.wait(Number(wait));
    return shared(env).with({ context: ctx }).get('kept');
  },
  async useContext(_, env) {
    await shared(env).get('anything');
    const misused = shared(env).with({ context: keptContext }).get('kept');
    const code = await misused.catch((/** @type {any} */ error) => error.code);
    return [code, await shared(env).get('kept')];
  },
  /** A write that nobody waits for, in the last line. */
  async forget({ id }, env) {
    await shared(env).get('anything');
    void shared(env).set(`forgotten:${id}`, id);
  },
  /** The same in a request that has called nothing before. */
  async forgetAtOnce({ id }, env) {
    void shared(env).set(`forgotten:${id}`, id);
  },
  read: ({ id }, env) => shared(env).get(id),
  store: ({ id, value }, env) => shared(env).set(id, value),
  /** What a call at global scope answered, and how long one to a closed port takes afterwards. */
  async early() {
    const code = await early.get('k').catch((error) => error.code);
    return { forbidden: await forbidden, clock, code };
  },
  /** Errors that the caller catches. */
  async caught() {
    unhandled = [];
    const calls = [early.get('k'), early.getMany('k', 'l'), early.set('k', () => {})];
    const codes = await Promise.all(calls.map((call) => call.catch((error) => error.code)));
    await scheduler.wait(50);
    return { codes, unhandled };
  },
  /** A single call to a server that is down at first. */
  async down(_, env) {
    down ??= new RedisCache(env.DOWN_URL, OPTIONS);
    return down.get('k').then(
      () => 'answered',
      (error) => error.code,
    );
  },
  /** Waits for what never comes, with a signal that another request aborts. */
  async stuck(_, env) {
    const silent = new RedisCache(env.SILENT_URL, { ...OPTIONS, operationTimeout: 1 });
    controller = new AbortController();
    return silent
      .with({ signal: controller.signal })
      .get('k')
      .catch((error) => error.code);
  },
  /** The old workerd forbids it. */
  async abort() {
    try {
      controller?.abort();
    } catch (error) {
      if (!/different request/.test(String(error))) throw error;
    }
  },
  /** A Worker without the pool's module. */
  async noPool(_, env) {
    try {
      return String(new RedisCache(env.REDIS_URL, { connector: env.OBJECT }));
    } catch (error) {
      return `${/** @type {any} */ (error).code} ${error}`;
    }
  },
  memory: async () => core.instantiate(missing).memory.buffer.byteLength,
  object: async ({ name, ...parameters }, env) => {
    const query = new URLSearchParams(parameters);
    return (await env.OBJECT.get(env.OBJECT.idFromName(name)).fetch(`http://o/?${query}`)).json();
  },
};

/**
 * @param {RedisCache} redis
 * @param {string} id
 */
async function pausing(redis, id) {
  const counts = [await redis.inc(`pausing:${id}`)];
  for (let pause = 0; pause < 3; pause++) {
    await scheduler.wait(50 + 200 * Math.random());
    counts.push(await redis.inc(`pausing:${id}`));
  }
  return counts;
}

/** @returns {never} */
function missing() {
  throw new Error('there is no instance of the core');
}

/**
 * @param {RedisCache} redis
 * @param {string} id
 */
async function work(redis, id) {
  await redis.set(`own:${id}`, { id });
  const [own, has, list] = await Promise.all([
    redis.get(`own:${id}`),
    redis.has(`own:${id}`),
    redis.getMany(`own:${id}`, 'nothing'),
  ]);
  return { own, has, list, counted: await redis.inc(`count:${id}`) };
}

export default answer(actions);

/** Uses the cache of the module. */
export class Warm {
  /**
   * @param {any} state
   * @param {any} env
   */
  constructor(state, env) {
    this.state = state;
    this.env = env;
  }

  /** @param {Request} request */
  async fetch(request) {
    const { id, pauses } = Object.fromEntries(new URL(request.url).searchParams);
    const redis = shared(this.env);
    if (pauses === 'given') {
      return Response.json(await pausing(crowded(this.env).with({ context: this.state }), id));
    }
    if (pauses) return Response.json(await pausing(crowded(this.env), id));
    await redis.set(`object:${id}`, id);
    return Response.json(await redis.get(`object:${id}`));
  }
}
