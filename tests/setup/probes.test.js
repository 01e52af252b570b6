/** What is made of the answers of the programs that are asked for their versions. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judgeAssembled, wrapperScript } from '../../scripts/tools/debian-rust.js';
import { lackingPackages } from '../../scripts/tools/npm.js';
import { chooseChromium, chooseRedis } from '../../scripts/tools/programs.js';
import { chooseInterpreter, lackingDistributions } from '../../scripts/tools/python.js';
import { missingCrates, parseRust } from '../../scripts/tools/rust.js';
import { recorded } from './recorded.js';

const redisOutput = (/** @type {string} */ version) =>
  `Redis server v=${version} sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=ae4d7c971a948f0`;

describe('Rust', () => {
  const rustc = recorded('rustc');
  const cargo = recorded('cargo');

  test('is as new as the older of rustc and cargo', () => {
    assert.equal(parseRust(rustc, cargo, '/bin/rustc').version, '1.95.0');
    const older = cargo.replace('release: 1.95.0', 'release: 1.85.1');
    assert.equal(parseRust(rustc, older, '/bin/rustc').version, '1.85.1');
  });

  test('is broken where rustup is there without a toolchain, missing where nothing is', () => {
    assert.equal(parseRust(null, null, '/bin/rustc').fault, 'does not start');
    assert.deepEqual(parseRust(null, null, null), { version: null, path: null });
  });

  test('lacks the crates of the lock file that no registry has', () => {
    const lock = `[[package]]\nname = "own"\nversion = "0.1.0"\n\n[[package]]\nname = "serde"\nversion = "1.0.1"\nsource = "registry+https://example"\n`;
    assert.deepEqual(missingCrates(lock, ['serde-1.0.0.crate']), ['serde-1.0.1.crate']);
    assert.deepEqual(missingCrates(lock, ['serde-1.0.1.crate']), []);
  });
});

describe("the compiler put together from Debian's", () => {
  const compiler = recorded('rustc-debian').trim();
  const parts = { compiler, sources: '1.96.0+dfsg1-1', linker: '/rust-lld' };
  const stamp = JSON.stringify(parts);
  const judge = (/** @type {object} */ changes, there = true) =>
    judgeAssembled(stamp, { compiler, sources: parts.sources, ...changes }, () => there);

  test('is ready when its parts are what it was built from', () => {
    assert.equal(judge({}).fault, undefined);
    assert.equal(judge({}).version, '1.96.0');
    assert.equal(judge({ sources: null }).fault, undefined, 'the sources may go once it is built');
  });

  test('is missing when it was never finished', () => {
    assert.equal(judgeAssembled(null, parts, () => true).version, null);
    const older = 'rustc 1.85.0\nrelease: 1.85.0\nhost: x';
    assert.match(judgeAssembled('', parts, () => true).fault ?? '', /was built from/);
    assert.match(
      judge({ compiler: older }).fault ?? '',
      /from rustc 1\.96\.0, and rustc 1\.85\.0 is/,
    );
  });

  test('is built anew when a part is another, or gone', () => {
    assert.match(judge({ compiler: null }).fault ?? '', /which is gone/);
    assert.match(judge({ sources: '1.97.0-1' }).fault ?? '', /not 1\.97\.0-1/);
    assert.match(judge({}, false).fault ?? '', /links by \/rust-lld, which is gone/);
  });

  test('is found in folders of any name', () => {
    assert.match(wrapperScript("/Übung's ordner"), / --sysroot '\/Übung'\\''s ordner' "\$@"\n$/);
  });
});

describe('redis-server', () => {
  test('is the first that is new enough, not the first of PATH', () => {
    const servers = [
      { path: '/opt/bin/redis-server', output: redisOutput('5.0.14') },
      { path: '/usr/bin/redis-server', output: redisOutput('7.0.15') },
    ];
    assert.deepEqual(chooseRedis(servers), { path: '/usr/bin/redis-server', version: '7.0.15' });
    assert.equal(chooseRedis(servers.slice(0, 1)).version, '5.0.14');
    assert.equal(chooseRedis([{ path: '/x', output: null }]).version, null);
  });
});

describe('Chromium', () => {
  const browser = { path: '/b', output: 'Chromium 156.0.8078.108 built on Debian GNU/Linux 12' };
  const driver = { path: '/d', output: 'ChromeDriver 156.0.8078.108 (730482a940ce25ae7cf0-refs)' };
  const chrome = { path: '/c', output: 'Google Chrome 148.0.7778.167' };

  test('is the first that has a driver of its version', () => {
    const chosen = chooseChromium([chrome, browser], [driver]);
    assert.deepEqual(chosen, { path: '/b', version: '156.0.8078.108', driver: '/d' });
  });

  test('is broken without such a driver', () => {
    assert.match(chooseChromium([chrome], [driver]).fault ?? '', /is 148.*chromedriver 156/);
    assert.match(chooseChromium([chrome], []).fault ?? '', /no chromedriver/);
    assert.equal(chooseChromium([], [driver]).version, null);
  });
});

describe('Python', () => {
  test('is the first that is new enough and has venv', () => {
    const answers = ['3.9.2\n/usr/bin/python3', null, '3.11.2\n/usr/bin/python3.11'];
    assert.deepEqual(chooseInterpreter(answers), {
      version: '3.11.2',
      path: '/usr/bin/python3.11',
    });
    assert.deepEqual(chooseInterpreter([null]), { version: null, path: null });
  });

  test("is broken where Debian's package python3-venv is not installed", () => {
    const { fault } = chooseInterpreter(['3.11.2\n/usr/bin/python3\nensurepip']);
    assert.equal(fault, 'has no ensurepip');
  });

  test('has lost a distribution whose folder is gone', () => {
    const requirements =
      '# all\nasync-timeout==5.0.1; python_full_version < "3.11.3"\nFlask-Caching==2.5.1\nMarkupSafe==3.0.4\n';
    const there = ['flask_caching-2.5.1.dist-info', 'markupsafe-3.0.4.dist-info'];
    assert.deepEqual(lackingDistributions(requirements, there), []);
    assert.deepEqual(lackingDistributions(requirements, there.slice(1)), ['Flask-Caching==2.5.1']);
  });
});

describe('npm packages', () => {
  const wanted = {
    '': {},
    'node_modules/a': { version: '1.0.0' },
    'node_modules/a/node_modules/@s/b': { version: '2.0.0' },
    'node_modules/other-platform': { version: '3.0.0', optional: true },
  };
  const installed = {
    'node_modules/a': { version: '1.0.0' },
    'node_modules/a/node_modules/@s/b': { version: '2.0.0' },
  };
  const versions = new Map(Object.entries(installed).map(([at, { version }]) => [at, version]));
  const onDisk = (/** @type {string} */ folder) => versions.get(folder) ?? null;

  test('are there when npm says so and the folders are', () => {
    assert.deepEqual(lackingPackages(wanted, installed, onDisk), []);
  });

  test('are lacking when the folder is gone or holds another version, whatever npm says', () => {
    assert.deepEqual(
      lackingPackages(wanted, installed, () => null),
      ['a', '@s/b'],
    );
    assert.deepEqual(
      lackingPackages(wanted, installed, () => '1.0.0'),
      ['@s/b'],
    );
    assert.deepEqual(lackingPackages(wanted, {}, onDisk), ['a', '@s/b']);
  });
});
