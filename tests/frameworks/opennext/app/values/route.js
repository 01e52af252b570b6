import { unstable_cache } from 'next/cache';
import { connection } from 'next/server';

const random = unstable_cache(async () => Math.random(), ['random'], { tags: ['value'] });

/** What `unstable_cache` and the cache of fetches hold. */
export async function GET() {
  await connection();
  const response = await fetch(process.env.ORIGIN, {
    cache: 'force-cache',
    next: { tags: ['value'] },
  });
  return Response.json({ random: await random(), fetched: await response.text() });
}
