/**
 * Short names for links, and how often each was followed.
 *
 *     REDIS_URL=redis://localhost:6379 PORT=3000 bun server.js
 */
import { RedisCache } from 'cachelib-edge';

const cache = new RedisCache(Bun.env.REDIS_URL, { keyPrefix: 'links:', defaultTimeout: 0 });

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: Bun.env.PORT ?? 3000,
  routes: {
    '/:name': {
      async PUT(request) {
        const url = await request.text();
        if (!URL.canParse(url)) return new Response('send a URL\n', { status: 400 });
        // Of two who want a name at once, one gets it.
        const isNew = await cache.add(`to:${request.params.name}`, url);
        return new Response(null, { status: isNew ? 201 : 409 });
      },
      async GET({ params: { name } }) {
        const url = await cache.get(`to:${name}`);
        if (url === null) return new Response(null, { status: 404 });
        await cache.inc(`visits:${name}`);
        return Response.redirect(url);
      },
    },
    '/:name/visits': async ({ params: { name } }) =>
      Response.json((await cache.get(`visits:${name}`)) ?? 0),
  },
});

console.log(`Listening on ${server.url}`);
