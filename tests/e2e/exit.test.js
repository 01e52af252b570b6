/**
 * An open cache does not keep a process alive, and calls that wait do.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startBridge } from '../support/bridge.js';
import { startProxy } from '../support/proxy.js';
import { startRedis } from '../support/redis.js';
import { commands } from '../support/runtimes.js';

const run = promisify(execFile);
const EXIT_TIMEOUT_MILLISECONDS = 10_000;

describe('the end of a process', () => {
  /** @type {import('../support/redis.js').RedisServer} */
  let redis;
  /** @type {import('../support/proxy.js').Proxy} */
  let proxy;

  before(async () => {
    redis = await startRedis();
    proxy = await startProxy({ port: redis.port, delay: 100 });
  });
  after(async () => {
    await proxy?.stop();
    await redis?.stop();
  });

  for (const runtime of /** @type {const} */ (['node', 'bun', 'deno'])) {
    test(`${runtime} waits for calls and then ends by itself`, async () => {
      const program = fileURLToPath(new URL(`./programs/exit-${runtime}.js`, import.meta.url));
      const [command, args] = commands[runtime](program);
      const { stdout } = await run(command, [...args, proxy.url], {
        timeout: EXIT_TIMEOUT_MILLISECONDS,
      });
      assert.equal(stdout.trim(), 'true 1');
    });
  }

  for (const runtime of /** @type {const} */ (['node', 'bun', 'deno'])) {
    test(`${runtime} ends by itself when the connection of a near cache is idle`, async () => {
      const program = fileURLToPath(new URL('./programs/exit-near.js', import.meta.url));
      const [command, args] = commands[runtime](program);
      const { stdout } = await run(command, [...args, proxy.url], {
        timeout: EXIT_TIMEOUT_MILLISECONDS,
      });
      assert.equal(stdout.trim(), 'true 1');
    });
  }

  for (const runtime of /** @type {const} */ (['node 22', 'bun', 'deno'])) {
    test(`${runtime} ends by itself when a WebSocket is idle`, async () => {
      const bridge = await startBridge({ target: redis });
      try {
        const program = fileURLToPath(new URL('./programs/exit-websocket.js', import.meta.url));
        const [command, args] = commands[runtime](program);
        const { stdout } = await run(command, [...args, bridge.url], {
          timeout: EXIT_TIMEOUT_MILLISECONDS,
        });
        assert.equal(stdout.trim(), 'true 1');
      } finally {
        await bridge.stop();
      }
    });
  }
});
