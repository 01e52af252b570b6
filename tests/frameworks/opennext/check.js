/** A Next application for Workers, built by OpenNext, whose incremental cache and tag cache are in Redis: two Workers share them. */

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { once } = require('node:events');
const { readdirSync } = require('node:fs');
const { createServer } = require('node:http');
const { Miniflare } = require('miniflare');
const { RedisCache } = require('cachelib-edge');

const { REDIS_URL } = process.env;

/** @param {string} command */
function run(command) {
  const [program = '', ...args] = command.split(' ');
  execFileSync('npx', [program, ...args], {
    stdio: 'inherit',
    // The build reads open-next.config; what the Workers are to use is bound to them.
    env: { ...process.env, REDIS_URL: 'redis://build.test', CI: '1', NEXT_TELEMETRY_DISABLED: '1' },
  });
}

/** @param {string} origin */
function startWorker(origin) {
  // Listed, since Next has dynamic imports that are never made.
  const wasm = readdirSync('worker').filter((name) => name.endsWith('.wasm'));
  return new Miniflare({
    modulesRoot: 'worker',
    modules: [
      { type: 'ESModule', path: 'worker/worker.js' },
      ...wasm.map((name) => ({ type: 'CompiledWasm', path: `worker/${name}` })),
    ],
    compatibilityDate: '2025-06-01',
    compatibilityFlags: ['nodejs_compat'],
    bindings: { REDIS_URL, ORIGIN: origin },
    serviceBindings: { ASSETS: () => new Response(null, { status: 404 }) },
    cf: false,
  });
}

/** @param {(path: string, init?: { method: string }) => Promise<{ text(): Promise<string> }>} ask */
async function madeOf(ask) {
  const page = await (await ask('/')).text();
  return /made ([\d.a-z]+)/.exec(page)?.[1] ?? assert.fail(page);
}

async function main() {
  run('opennextjs-cloudflare build');
  run('wrangler deploy --dry-run --outdir worker');
  let requests = 0;
  const origin = createServer((request, response) => response.end(`answer ${++requests}`));
  await once(origin.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${origin.address().port}`;
  const workers = [startWorker(url), startWorker(url)];
  try {
    const [one, other] = workers.map(
      (worker) => (path, init) => worker.dispatchFetch(`http://worker.test${path}`, init),
    );
    await assertShared(one, other);
    await assertStored(one, other);
    await assertRevalidated(one, other);
    for (const [index, ask] of [one, other].entries()) {
      assert.deepEqual(await (await ask('/direct')).json(), { visits: index + 1 });
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.dispose()));
    origin.close();
  }
}

/** What one Worker has made, the other one serves. */
async function assertShared(one, other) {
  assert.equal(await madeOf(other), await madeOf(one));
  const values = await (await one('/values')).json();
  assert.equal(values.fetched, 'answer 1');
  assert.deepEqual(await (await other('/values')).json(), values);
}

/** The page is served as it stands in Redis. */
async function assertStored(one, other) {
  const cache = new RedisCache(REDIS_URL, { keyPrefix: 'opennext:cache:', throwOnError: true });
  const key = await keyOfPage(cache);
  const entry = await cache.get(key);
  const made = await madeOf(one);
  assert.ok(entry.value.html.includes(`made ${made}`), entry.value.html);
  entry.value.html = entry.value.html.replaceAll(`made ${made}`, 'made elsewhere');
  await cache.set(key, entry);
  assert.deepEqual([await madeOf(one), await madeOf(other)], ['elsewhere', 'elsewhere']);
  assert.equal((await one('/')).headers.get('x-opennext-cache'), 'HIT');
  await cache.close();
}

/** OpenNext puts a hash of the route before the path. @param {RedisCache} cache */
async function keyOfPage(cache) {
  for await (const key of cache.keys()) if (key.endsWith('/index')) return key;
  return assert.fail('the page is not stored');
}

/** `revalidateTag` and `revalidatePath` in one Worker hold in the other. */
async function assertRevalidated(one, other) {
  const before = await (await one('/values')).json();
  assert.deepEqual(await (await one('/refresh', { method: 'POST' })).json(), { done: true });
  const after = await (await other('/values')).json();
  assert.equal(after.fetched, 'answer 2');
  assert.notEqual(after.random, before.random);
  assert.deepEqual(await (await one('/values')).json(), after);
  const made = await madeOf(other);
  assert.notEqual(made, 'elsewhere');
  assert.equal(await madeOf(one), made);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
