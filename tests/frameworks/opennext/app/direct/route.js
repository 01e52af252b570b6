import { RedisCache } from 'cachelib-edge';
import { connection } from 'next/server';

/** The package in the application itself. */
export async function GET() {
  await connection();
  const cache = new RedisCache(process.env.REDIS_URL, { throwOnError: true });
  return Response.json({ visits: await cache.inc('visits') });
}
