/** An application with Better Auth whose sessions and rate limits are in Redis alone. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { RedisCache } from 'cachelib-edge';
import { secondaryStorage } from 'cachelib-edge/adapters/better-auth';

execFileSync('npx', ['tsc', '-p', '.'], { stdio: 'inherit' });

const cache = new RedisCache(process.env.REDIS_URL, { keyPrefix: 'auth:', throwOnError: true });
const auth = betterAuth({
  baseURL: 'http://localhost:3000',
  secret: 'a secret of tests, which is long enough for Better Auth',
  database: memoryAdapter({ user: [], session: [], account: [], verification: [], rateLimit: [] }),
  emailAndPassword: { enabled: true },
  secondaryStorage: secondaryStorage(cache),
  rateLimit: { enabled: true, window: 60, max: 3, storage: 'secondary-storage' },
});

const password = 'correct horse battery staple';
const { headers, response } = await auth.api.signUpEmail({
  body: { name: 'Ada', email: 'ada@example.com', password },
  returnHeaders: true,
});
assert.ok(response.token);
const cookie = headers
  .getSetCookie()
  .map((line) => line.split(';')[0])
  .join('; ');
const session = await auth.api.getSession({ headers: new Headers({ cookie }) });
assert.equal(session?.user.name, 'Ada');
assert.match(String(await cache.get(response.token)), /ada@example\.com/);

const statuses = [];
for (let call = 0; call < 5; call++) {
  const request = new Request('http://localhost:3000/api/auth/get-session', {
    headers: { cookie, 'x-forwarded-for': '203.0.113.7' },
  });
  statuses.push((await auth.handler(request)).status);
}
assert.deepEqual(statuses.slice(-2), [429, 429], statuses.join());
await auth.api.signOut({ headers: new Headers({ cookie }) });
assert.equal(await cache.get(response.token), null);
await cache.close();
