/** A Next application, built by Turbopack, whose `use cache` is in Redis: two servers share it. */

const assert = require('node:assert/strict');
const { execFileSync, spawn } = require('node:child_process');
const { createServer } = require('node:net');

const WAIT_MILLISECONDS = 60_000;
const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' };

async function main() {
  execFileSync('npx', ['tsc', '-p', 'tsconfig.types.json'], { stdio: 'inherit' });
  execFileSync('npx', ['next', 'build'], { stdio: 'inherit', env });
  const servers = [await start(), await start()];
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
    for (const { child } of servers) child.kill('SIGKILL');
  }
}

async function start() {
  const port = await freePort();
  const args = ['node_modules/next/dist/bin/next', 'start', '-p', String(port)];
  const child = spawn(process.execPath, args, { stdio: 'inherit', env });
  const url = `http://127.0.0.1:${port}`;
  for (const deadline = Date.now() + WAIT_MILLISECONDS; ;) {
    try {
      await fetch(url);
      return { child, url };
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
