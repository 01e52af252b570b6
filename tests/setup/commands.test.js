/** The commands as a user runs them, on a machine that lacks what they need: each ends in a line that says what to do. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { root } from '../../scripts/lib/paths.js';
import { needs } from '../../scripts/tools/versions.js';

/** @type {string} */
let folder;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'cachelib-edge-setup-'));
});
after(() => rmSync(folder, { recursive: true }));

/**
 * @param {string[]} args of Node
 * @param {Record<string, string>} env
 */
function run(args, env) {
  const settings = {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: /** @type {const} */ ('utf8'),
  };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, settings);
  return { status, output: stdout + stderr };
}

/** A folder of programs that print what they are told. @param {Record<string, string>} programs */
function folderOf(programs) {
  const bin = mkdtempSync(join(folder, 'bin-'));
  for (const [name, output] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\necho '${output}'\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return bin;
}

const [start, doctor] = ['scripts/start.js', 'scripts/doctor.js'];

describe('Node', () => {
  test('that is too old is told before anything else is loaded', () => {
    for (const [version, tooOld] of Object.entries({
      '18.20.8': true,
      '20.18.3': true,
      '22.0.0': false,
    })) {
      const fake = join(folder, 'fake.cjs');
      writeFileSync(
        fake,
        `Object.defineProperty(process.versions, 'node', { value: '${version}' });`,
      );
      const { status, output } = run(
        ['-r', fake, '-r', './scripts/node-version.cjs', '-e', ''],
        {},
      );
      assert.equal(status, tooOld ? 1 : 0, version);
      if (!tooOld) continue;
      assert.match(output, new RegExp(`^✗ Node ${version} is too old: ${needs.node} or newer`));
    }
  });
});

describe('Rust', () => {
  test('that is missing is told in a line', () => {
    const bin = mkdtempSync(join(folder, 'bin-'));
    symlinkSync(process.execPath, join(bin, 'node'));
    const { status, output } = run([start, '--once'], { PATH: bin });
    assert.equal(status, 1);
    assert.match(output, /^✗ Rust \(rustc and cargo\) is missing\. .*https:\/\/rustup\.rs$/m);
  });

  test('that is too old is told with what was found and what is needed', () => {
    const old = { rustc: 'rustc 1.85.0\nrelease: 1.85.0', cargo: 'cargo 1.85.0\nrelease: 1.85.0' };
    const bin = folderOf(old);
    const { status, output } = run([start, '--once'], { PATH: `${bin}:${process.env.PATH}` });
    assert.equal(status, 1);
    const line = new RegExp(
      `^✗ Rust .* 1\\.85\\.0 is too old .*: ${needs.rust} or newer is needed\\.`,
      'm',
    );
    assert.match(output, line);
  });
});

describe('npm run doctor', () => {
  test('says what is there, of which version and where', () => {
    const { output } = run([doctor], {});
    assert.match(output, /^npm start needs$/m);
    assert.match(output, /^ {2}✓ Rust \(rustc and cargo\) +\d+\.\d+\.\d+ \(\//m);
    assert.match(output, /^ {2}✓ redis-server +\d+\.\d+\.\d+ \(\//m);
    assert.match(output, /^npm test needs besides$/m);
  });

  test('passes over a redis-server that is too old', () => {
    const bin = folderOf({ 'redis-server': 'Redis server v=5.0.14 sha=00000000:0' });
    const { output } = run([doctor], { PATH: `${bin}:${process.env.PATH}` });
    assert.match(output, /^ {2}✓ redis-server +[67]/m);
  });

  test('fails and names what mends it, and installs nothing', () => {
    const cache = join(folder, 'cache');
    mkdirSync(cache);
    const { status, output } = run([doctor], { XDG_CACHE_HOME: cache });
    assert.equal(status, 1);
    assert.match(output, /^ {2}✗ wasm-bindgen +is missing\. `npm start` installs it/m);
    assert.deepEqual(readdirSync(cache), []);
  });
});

test('a home that cannot be written is told in a line', () => {
  const env = { XDG_CACHE_HOME: '/dev/null/cache', CARGO_HOME: process.env.CARGO_HOME ?? '' };
  const { status, output } = run(['scripts/setup.js', 'wasm-bindgen'], env);
  assert.equal(status, 1);
  assert.match(
    output,
    /^✗ These folders cannot be written: \/dev\/null\/cache.*`XDG_CACHE_HOME=… npm start`/m,
  );
});
