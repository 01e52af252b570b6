/**
 * Many callers of one key in each request of a Worker, with a cache at module scope.
 */
import { RedisCache } from '../../../js/entries/workerd.js';

/** @type {RedisCache | undefined} */
let cache;

export default {
  /**
   * @param {Request} request
   * @param {{ REDIS_URL: string, SOURCE_URL: string }} env
   */
  async fetch(request, env) {
    cache ??= new RedisCache(env.REDIS_URL, { throwOnError: true });
    const { searchParams } = new URL(request.url);
    const [key, callers] = [searchParams.get('key') ?? '', Number(searchParams.get('callers'))];
    const grace = Number(searchParams.get('grace') ?? 0);
    const options = { timeout: 60, lock: Number(searchParams.get('lock')), grace };
    const who = searchParams.get('who') ?? 'worker';
    const factory = async () =>
      (await fetch(`${env.SOURCE_URL}?${new URLSearchParams({ key, who })}`)).text();
    const begun = Date.now();
    const shared = cache;
    const answers = await Promise.all(
      Array.from({ length: callers }, () => shared.getOrSet(key, factory, options)),
    );
    return Response.json({ answers: [...new Set(answers)], milliseconds: Date.now() - begun });
  },
};
