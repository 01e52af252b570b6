/** A script keeps Redis busy: calls wait for its end, those that open a connection and select a database too. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RedisCache } from '../../js/entries/node.js';
import { startRedis } from '../support/redis.js';

/** Longer than a second attempt takes, in milliseconds. */
const BUSY_FOR = 500;

describe('a server that a script keeps busy', () => {
  /** @type {Awaited<ReturnType<typeof startRedis>>} */
  let server;
  before(async () => (server = await startRedis({ more: ['--lua-time-limit', '10'] })));
  after(() => server.stop());

  for (const [database, isWarm] of /** @type {[number, boolean][]} */ ([
    [0, false],
    [1, false],
    [1, true],
  ])) {
    const what = `database ${database}, ${isWarm ? 'an open' : 'a new'} connection`;
    test(what, async () => {
      const cache = new RedisCache(`redis://127.0.0.1:${server.port}/${database}`, {
        throwOnError: true,
      });
      const client = await server.client();
      try {
        if (isWarm) await cache.checkConnection();
        const script = client.send('EVAL', 'while true do end', '0').catch(String);
        await untilBusy();
        const calls = Promise.all([cache.inc(what), cache.get('missing')]);
        await sleep(BUSY_FOR);
        await kill();
        assert.deepEqual(await calls, [1, null]);
        assert.match(await script, /kill/i);
      } finally {
        client.close();
        await cache.close();
      }
    });
  }

  async function untilBusy() {
    while (!/^BUSY/.test(await send('PING'))) await sleep(10);
  }

  const kill = () => send('SCRIPT', 'KILL');

  /** @param {...string} command @returns {Promise<string>} the reply or the error's text */
  async function send(...command) {
    const client = await server.client();
    const reply = await client
      .send(...command)
      .catch((/** @type {Error} */ error) => error.message);
    client.close();
    return String(reply);
  }
});
