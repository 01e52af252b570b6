/**
 * A Hono server on Node that answers from Redis what it has answered before.
 *
 *     REDIS_URL=redis://localhost:6379 PORT=3000 node server.js
 */
import { serve } from '@hono/node-server';
import { RedisCache } from 'cachelib-edge';
import { Hono } from 'hono';

const cache = new RedisCache(process.env.REDIS_URL, { keyPrefix: 'pages:' });
const app = new Hono();

app.get('/now', cached(60), (context) => context.json({ now: new Date().toISOString() }));
app.get('/hello/:name', cached(60), (context) =>
  context.text(`Hello ${context.req.param('name')}`),
);
app.delete('*', async ({ req, json }) => json({ deleted: await cache.delete(req.path) }));

/**
 * Keeps what a route answers. When Redis cannot be reached, the route answers each time.
 *
 * @param {number} seconds
 * @returns {import('hono').MiddlewareHandler}
 */
function cached(seconds) {
  return async (context, next) => {
    const kept = await cache.get(context.req.path);
    if (kept !== null) {
      const { body, headers, since } = kept;
      const age = String(Math.round((Date.now() - since) / 1000));
      return new Response(body, { headers: { ...headers, age } });
    }

    await next();
    if (!context.res.ok) return undefined;
    const body = new Uint8Array(await context.res.clone().arrayBuffer());
    const headers = Object.fromEntries(context.res.headers);
    await cache.set(context.req.path, { body, headers, since: new Date() }, seconds);
    return undefined;
  };
}

const port = Number(process.env.PORT ?? 3000);
serve({ fetch: app.fetch, hostname: '127.0.0.1', port }, (address) => {
  console.log(`Listening on http://127.0.0.1:${address.port}/`);
});
