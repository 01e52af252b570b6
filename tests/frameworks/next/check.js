/** A Next application, built by Turbopack, whose `use cache` is in Redis: two servers share it. */

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');

const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' };

async function main() {
  execFileSync('npx', ['tsc', '-p', 'tsconfig.types.json'], { stdio: 'inherit' });
  execFileSync('npx', ['next', 'build'], { stdio: 'inherit', env });
  const { startServer } = await import('./application.mjs');
  const args = (port) => ['node_modules/next/dist/bin/next', 'start', '-p', String(port)];
  const servers = [await startServer(args, env), await startServer(args, env)];
  try {
    const [one, other] = servers.map(({ url }) => url);
    const value = async (url) => (await (await fetch(`${url}/value`)).json()).value;
    const first = await value(one);
    assert.deepEqual([await value(one), await value(other)], [first, first]);
    assert.deepEqual(await (await fetch(`${other}/refresh`, { method: 'POST' })).json(), {
      done: true,
    });
    const second = await value(one);
    assert.notEqual(second, first);
    assert.equal(await value(other), second);
    for (const visits of [1, 2]) {
      assert.deepEqual(await (await fetch(`${visits === 1 ? one : other}/direct`)).json(), {
        visits,
      });
    }
  } finally {
    for (const { stop } of servers) stop();
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
