/**
 * A Worker with a near cache at module scope, which its requests share.
 */
import { RedisCache } from '../../../js/entries/workerd.js';
import { answer } from './answer.js';

/** @type {RedisCache | undefined} */
let cache;
/** @param {any} env */
const shared = (env) =>
  (cache ??= new RedisCache(env.REDIS_URL, { near: { timeout: 1 }, throwOnError: true }));
/** @param {any} env */
const long = (env) => shared(env).with({ near: { timeout: 60 } });

export default answer({
  get: ({ key }, env) => shared(env).get(key),
  getLong: ({ key }, env) => long(env).get(key),
  getMany: ({ key }, env) => long(env).getMany(key, 'other'),
  getOrSet: ({ key, value }, env) => long(env).getOrSet(key, () => value, 60),
  set: ({ key, value }, env) => shared(env).set(key, value),
  /** Changes what it gets. */
  async change({ key }, env) {
    const value = await long(env).get(key);
    value.push('changed');
    return value;
  },
  list: ({ key }, env) => shared(env).set(key, ['as it is']),
  stats: async (_, env) => shared(env).stats(),
});
