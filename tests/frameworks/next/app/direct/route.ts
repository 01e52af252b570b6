import { RedisCache } from 'cachelib-edge';
import { connection } from 'next/server';

const cache = new RedisCache(process.env.REDIS_URL, { throwOnError: true });

export async function GET() {
  await connection();
  return Response.json({ visits: await cache.inc('visits') });
}
