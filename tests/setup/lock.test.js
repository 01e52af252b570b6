/** Locks: held by one process at a time, and taken over from processes that are gone. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { exclusively, isAbandoned } from '../../scripts/lib/lock.js';

const MODULE = new URL('../../scripts/lib/lock.js', import.meta.url).href;
const HOUR_MS = 60 * 60_000;

describe('a lock', () => {
  /** @type {string} */
  let folder;
  /** @type {string} */
  let file;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'cachelib-edge-lock-'));
    file = join(folder, 'test.lock');
  });
  after(() => rmSync(folder, { recursive: true }));

  /** @param {number} age */
  const leave = (/** @type {string} */ text, age = 0) => {
    writeFileSync(file, text);
    const time = new Date(Date.now() - age);
    utimesSync(file, time, time);
  };

  test('is held by one process at a time', async () => {
    const program = `
      import { exclusively } from ${JSON.stringify(MODULE)};
      for (let count = 0; count < 20; count++) {
        await exclusively('test', async () => {
          process.stdout.write('<');
          await new Promise((resolve) => setTimeout(resolve, 2));
          process.stdout.write('>');
        }, ${JSON.stringify(folder)});
      }`;
    const log = join(folder, 'log');
    const children = [1, 2, 3].map(() =>
      spawn(
        'sh',
        ['-c', `"$0" --input-type=module -e "$1" >> "$2"`, process.execPath, program, log],
        {
          stdio: ['ignore', 'inherit', 'inherit'],
        },
      ),
    );
    const ends = await Promise.all(children.map((child) => once(child, 'exit')));
    assert.deepEqual(
      ends,
      [0, 1, 2].map(() => [0, null]),
    );
    const marks = readFileSync(log, 'utf8').replace(/….*\n/g, '');
    assert.equal(marks, '<>'.repeat(60));
  });

  test('is gone after its work, also when that fails', async () => {
    const failing = exclusively('test', async () => assert.fail('so'), folder);
    await assert.rejects(failing, /so/);
    assert.ok(!existsSync(file));
  });

  test('is taken over at once from a process that has ended', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    leave(JSON.stringify({ pid: child.pid, host: hostname() }));
    assert.equal(await exclusively('test', async () => 'done', folder), 'done');
  });

  test('is taken over when its owner has not touched it for long: its number is of another process', async () => {
    leave(JSON.stringify({ pid: process.pid, host: hostname() }), HOUR_MS);
    assert.equal(await exclusively('test', async () => 'done', folder), 'done');
  });

  test('is taken over when it is empty and old, as a full disk leaves it, or of an older version', async () => {
    for (const text of ['', '1']) {
      leave(text, HOUR_MS);
      assert.equal(await exclusively('test', async () => 'done', folder), 'done');
    }
  });

  test('of another host counts as held while it is touched', () => {
    const owner = { pid: 1, host: 'another' };
    assert.ok(!isAbandoned(owner, 1000, () => false));
    assert.ok(isAbandoned(owner, HOUR_MS, () => true));
    assert.ok(!isAbandoned(null, 1000, () => false), 'it may be being written');
  });
});
