/** The servers of a process end with it, however it ends. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { SIGNALS } from '../../scripts/start/signals.js';
import { createClient } from '../support/resp-client.js';

const redis = new URL('../support/redis.js', import.meta.url);
const PROGRAM = `
  const { startRedis } = await import('${redis}');
  console.log((await startRedis()).port);
  setInterval(() => {}, 1000);
`;

for (const signal of SIGNALS) {
  test(`a server ends with its process, by ${signal}`, async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(child.stdout, 'data');
    const connect = () => createClient({ host: '127.0.0.1', port: Number(line) });
    (await connect()).close();
    child.kill(signal);
    await once(child, 'exit');
    for (let left = 100; left > 0 && (await connect().then(close, () => false)); left--) {
      await pause(50);
    }
    await assert.rejects(connect());
  });
}

test('a process whose cluster is told to end while it starts ends soon after, as by Ctrl-C', async () => {
  const cluster = new URL('../support/cluster.js', import.meta.url);
  const program = `
    process.on('SIGINT', () => {});
    const { startCluster } = await import('${cluster}');
    const ended = startCluster().catch(() => (process.exitCode = 1));
    const servers = () => process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap');
    while (servers().length < 6) await new Promise((resolve) => setTimeout(resolve, 5));
    console.log('starting');
    await ended;
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  const group = -(child.pid ?? assert.fail());
  try {
    await once(child.stdout, 'data', { signal: AbortSignal.timeout(15_000) });
    process.kill(group, 'SIGINT');
    const [code] = await once(child, 'exit', { signal: AbortSignal.timeout(15_000) });
    assert.equal(code, 1);
  } finally {
    if (child.exitCode === null) process.kill(group, 'SIGKILL');
  }
});

/** @param {Awaited<ReturnType<typeof createClient>>} client */
function close(client) {
  client.close();
  return true;
}
