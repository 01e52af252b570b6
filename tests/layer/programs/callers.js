/**
 * Many callers of one key, in a process of its own.
 */
import { RedisCache } from '../../../js/entries/node.js';

const [, , redisUrl = '', sourceUrl = '', key = '', callers = '', lock = ''] = process.argv;
const cache = new RedisCache(redisUrl, { throwOnError: true });

async function factory() {
  const query = new URLSearchParams({ key, who: String(process.pid) });
  return (await fetch(`${sourceUrl}?${query}`)).text();
}

await cache.checkConnection();
process.stdout.write('ready\n');
process.stdin.once('data', async () => {
  const begun = performance.now();
  const answers = await Promise.all(
    Array.from({ length: Number(callers) }, () =>
      cache.getOrSet(key, factory, { timeout: 60, lock: Number(lock) }),
    ),
  );
  const milliseconds = Math.round(performance.now() - begun);
  process.stdout.write(`${JSON.stringify({ answers: [...new Set(answers)], milliseconds })}\n`);
  process.exit();
});
