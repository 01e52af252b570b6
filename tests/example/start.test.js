/** `npm start` as one runs it, and its round trip when something on the way is wrong. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startExample } from '../../scripts/start/example.js';
import {
  faultsInPython,
  faultsInWorker,
  roundTripCases,
} from '../../scripts/start/round-trip-cases.js';
import { isFree } from '../../scripts/start/port.js';
import { roundTrip } from '../../scripts/start/round-trip.js';
import { freePort, startRedis } from '../support/redis.js';
import { startScript } from './script.js';

delete process.env.REDIS_URL;
delete process.env.PORT;

describe('npm start -- --once', () => {
  test('shows that every case is right, and leaves nothing behind', async () => {
    const { status, output } = await startScript(['--once']).ended();
    assert.equal(status, 0, output);
    assert.match(output, /^Python → Worker$/m);
    assert.match(
      output,
      /^ {2}✓ dict +\{'id': 7, .* → \{ id: 7, lines: \[\["tea", 2\.5\], \[\]\]/m,
    );
    assert.match(output, /^ +example:once:python:int = 2d 34 31 \(the text -41\)$/m);
    assert.match(output, /^Worker → Python$/m);
    assert.match(output, /^ {2}✓ None +null → None$/m);
    assert.match(output, /^ {2}✓ inc +the Worker adds 5 → 15$/m);
    assert.match(output, /^✓ all 22 cases are right/m);
    assert.ok(!output.includes('✗'));
    assert.ok(!output.includes('\u001b'), `no colours where there is no terminal: ${output}`);
    for (const [, port] of output.matchAll(/127\.0\.0\.1:(\d+)/g)) {
      assert.ok(await isFree(Number(port)), `nothing listens on ${port} any more`);
    }
  });

  test('shows the same on a cluster of its own, and leaves nothing behind', async () => {
    const { status, output } = await startScript(['--once', '--cluster']).ended();
    assert.equal(status, 0, output);
    assert.match(output, /a cluster with 3 replicas, started for this$/m);
    assert.match(output, /^✓ all 22 cases are right/m);
    for (const [, port] of output.matchAll(/127\.0\.0\.1:(\d+)/g)) {
      assert.ok(await isFree(Number(port)), `nothing listens on ${port} any more`);
    }
  });

  test('fails when it is interrupted', async () => {
    const script = startScript(['--once']);
    await script.says(/^Python → Worker$/m);
    script.child.kill('SIGTERM');
    const { status, output } = await script.ended();
    assert.equal(status, 1, output);
    const [, redisPort] = /127\.0\.0\.1:(\d+)/.exec(output) ?? [];
    assert.ok(await isFree(Number(redisPort)), `nothing listens on ${redisPort} any more`);
  });

  test('names the cases that are wrong, and fails', async () => {
    const redis = await startRedis({ users: { guest: 'on >secret~ ~* +@all -incrby' } });
    try {
      const url = `redis://guest:secret~@127.0.0.1:${redis.port}/0`;
      const { status, output } = await startScript(['--once'], { REDIS_URL: url }).ended();
      assert.equal(status, 1, output);
      assert.match(output, /^ {2}✓ dict /m);
      assert.match(output, /^ {2}✗ inc +the Worker adds 5/m);
      assert.match(output, /wrong: the Worker: Redis does not let this Worker in\..*\(NOPERM\)/);
      assert.match(output, /wrong: Python's cachelib failed: NoPermissionError/);
      assert.match(output, /^✗ 3 of 22 cases are wrong \(One counter: inc, /m);
      assert.ok(!output.includes('secret'), 'the password is not shown');
      const client = await redis.client();
      assert.deepEqual(await client.send('KEYS', '*'), [], 'its keys are deleted');
      client.close();
    } finally {
      await redis.stop();
    }
  });

  test('says so when there is no Redis where REDIS_URL points', async () => {
    const url = `redis://127.0.0.1:${await freePort()}/0`;
    const { status, output } = await startScript(['--once'], { REDIS_URL: url }).ended();
    assert.equal(status, 1);
    assert.match(output, /^✗ Python's cachelib failed: ConnectionError: .*refused/m);
  });
});

describe('the round trip', () => {
  /** @type {import('../../scripts/start/example.js').Example} */
  let example;
  before(async () => {
    example = await startExample({});
  });
  after(() => example?.stop());

  test('finds every case wrong from the moment that Redis is gone', async () => {
    const outcomes = [];
    for await (const outcome of roundTrip({ worker: example.url, peer: example.peer })) {
      outcomes.push(outcome);
      if (outcomes.length === 3) await example.redis.stop();
    }
    const wrong = outcomes.map(({ faults }) => faults.length > 0);
    assert.deepEqual(wrong.slice(0, 3), [false, false, false]);
    assert.deepEqual(new Set(wrong.slice(3)), new Set([true]));
    assert.match(outcomes.at(3).faults[0], /^Python's cachelib failed: ConnectionError/);
    assert.match(
      outcomes.at(-1).faults[0],
      /^the Worker: Redis cannot be reached\..*CONNECTION_FAILED/,
    );
  });
});

describe('a case', () => {
  const dict = roundTripCases.find(({ name }) => name === 'dict');
  const right = {
    stored: '2188',
    worker: { value: dict.worker, stored: { hex: '2188' } },
    python: { value: 'x', type: 'dict', stored: '2188', equal: true, as_python_stores: '2188' },
  };

  test('is right when both sides see the same', () => {
    assert.deepEqual(faultsInWorker(dict, right), []);
    assert.deepEqual(faultsInPython(dict, right), []);
  });

  test('is wrong when the Worker reads another value, type or bytes, or nothing', () => {
    const worker = (/** @type {object} */ changes) =>
      faultsInWorker(dict, { ...right, worker: { ...right.worker, ...changes } }).join();
    assert.match(worker({ value: { type: 'Object', text: '{ id: 8 }' } }), /reads \{ id: 8 \}/);
    assert.match(worker({ value: { ...dict.worker, type: 'Map' } }), /\(Map\), not .* \(Object\)/);
    assert.match(worker({ stored: { hex: '2189' } }), /sees the bytes 2189, Python 2188/);
    assert.match(worker({ value: null, stored: null }), /finds nothing/);
  });

  test('is wrong when Python reads another value or bytes, or nothing', () => {
    const python = (/** @type {object} */ changes) =>
      faultsInPython(dict, { ...right, python: { ...right.python, ...changes } }).join();
    assert.match(python({ equal: false }), /Python reads x \(dict\), not /);
    assert.match(python({ stored: '2189' }), /Python sees the bytes 2189, the Worker 2188/);
    assert.match(python({ as_python_stores: '2189' }), /cachelib itself would store 2189/);
    assert.match(python({ stored: '' }), /finds nothing/);
  });
});

describe('npm start', () => {
  test('serves the page, shows what Python sees, and stops everything on Ctrl-C', async () => {
    const port = await freePort();
    const script = startScript([], { PORT: String(port) });
    const [, url] = await script.says(/Look here: (\S+)/);
    assert.equal(url, `http://127.0.0.1:${port}`);
    await script.says(/example:python:greeting = 'Grüße aus Python'/);
    assert.match(await (await fetch(url)).text(), /&#39;Grüße aus Python&#39;/);

    const body = JSON.stringify({ kind: 'text', text: 'hello', timeout: 2 });
    await fetch(`${url}/api/keys?key=mine`, { method: 'PUT', body });
    await script.says(/Python reads example:mine = 'hello'/);
    await script.says(/example:mine is gone/);
    await fetch(`${url}/api/keys`, { method: 'DELETE' });
    await script.says(/Python wrote its values anew/);

    const [, redisPort] = await script.says(/Redis \S+ at 127\.0\.0\.1:(\d+)/);
    script.child.kill('SIGINT');
    const { status, output } = await script.ended();
    assert.equal(status, 0, output);
    assert.match(output, /^Stopping\.$/m);
    for (const each of [port, Number(redisPort)]) assert.ok(await isFree(each), `${each} is free`);
  });

  test('does not take a port that is in use', async () => {
    const redis = await startRedis();
    try {
      const { status, output } = await startScript(['--port', String(redis.port)]).ended();
      assert.equal(status, 1);
      assert.match(
        output,
        new RegExp(`^✗ port ${redis.port} is in use: name another by --port`, 'm'),
      );
    } finally {
      await redis.stop();
    }
  });

  test('says what it can do, and refuses what it cannot', async () => {
    const help = await startScript(['--help']).ended();
    assert.equal(help.status, 0);
    assert.match(help.output, /npm start -- --once/);
    for (const args of [['--port', '99999'], ['--port', 'x'], ['--twice'], ['stray']]) {
      const { status, output } = await startScript(args).ended();
      assert.equal(status, 1, args.join(' '));
      assert.match(output, /^✗ .*(is no port|Unknown option|Unexpected argument)/m);
    }
  });
});
