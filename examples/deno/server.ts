/**
 * Fibonacci's numbers over HTTP, each computed once.
 *
 *     deno run --allow-net server.ts [redis://localhost:6379] [8000]
 */
import { RedisCache } from 'npm:cachelib-edge';

const [redis = 'redis://localhost:6379', port = '8000'] = Deno.args;
const cache = new RedisCache(redis, { keyPrefix: 'fibonacci:' });

Deno.serve({ hostname: '127.0.0.1', port: Number(port) }, async ({ url }) => {
  const found = new URLPattern({ pathname: '/:n(\\d{1,4})' }).exec(url);
  if (!found) return new Response('Ask for a number up to 9999, such as /300\n', { status: 404 });

  const n = Number(found.pathname.groups.n);
  const kept: number | bigint | null = await cache.get(n);
  if (kept !== null) return answer(kept, 'from the cache');
  const value = fibonacci(n);
  await cache.set(n, value, 3600); // an int of any size, for Python too
  return answer(value, 'computed');
});

function fibonacci(n: number): bigint {
  let [a, b] = [0n, 1n];
  for (; n > 0; n--) [a, b] = [b, a + b];
  return a;
}

function answer(value: number | bigint, how: string): Response {
  return new Response(`${value}\n`, { headers: { 'x-how': how } });
}
