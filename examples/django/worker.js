/**
 * The club at the edge: it knows the members by the sessions that Django keeps in the cache.
 */
import { env } from 'cloudflare:workers';
import { RedisCache } from 'cachelib-edge';

const cache = new RedisCache(env.REDIS_URL, {
  keyPrefix: 'club:1:', // Django's KEY_PREFIX and VERSION
  serializer: 'django',
});

/** What Django's sessions have before their keys. */
const SESSION = 'django.contrib.sessions.cache';

export default {
  /** @param {Request} request */
  async fetch(request) {
    const [, id] = /\bsessionid=(\w+)/.exec(request.headers.get('cookie') ?? '') ?? [];
    const session = id && (await cache.get(SESSION + id));
    if (!session) return Response.json({ hello: 'stranger' });
    const { name } = session;
    const [members, greetings] = await Promise.all([
      cache.get('members'),
      cache.inc(`greetings:${name}`),
      cache.set(`seen:${name}`, new Date(), 3600),
    ]);
    return Response.json({ hello: name, members, greetings });
  },
};
