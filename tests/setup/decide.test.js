/** What is done about a tool, and the one line that a user reads where nothing can be. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { explainReadOnly, unused } from '../../scripts/tools/cache.js';
import { decide, unsupported } from '../../scripts/tools/decide.js';
import { explain } from '../../scripts/tools/explain.js';
import { forStart, forTests, toolsFor } from '../../scripts/tools/table.js';
import { debian } from './recorded.js';

const missing = { version: null, path: null };
const fedora = { ...debian, manager: /** @type {const} */ ('dnf') };
const mac = {
  ...debian,
  system: 'darwin',
  manager: /** @type {const} */ ('brew'),
  rustupMayInstall: true,
};
const withoutSudo = { ...debian, asRoot: null };

/**
 * @param {import('../../scripts/tools/table.js').ToolName} name
 * @param {import('../../scripts/tools/decide.js').Found} found
 * @param {import('../../scripts/tools/decide.js').Platform} platform
 */
function about(name, found, platform) {
  const decision = decide(toolsFor(platform)[name], found, platform);
  return decision.action === 'tell' ? decision.message : decision.action;
}

describe('a tool', () => {
  test('is left alone when it is new enough', () => {
    assert.equal(about('redis', { version: '7.0.15', path: '/r' }, debian), 'none');
    assert.equal(about('rust', { version: '1.96.0', path: '/r' }, debian), 'none');
  });

  test('is installed when it is missing, too old or broken, where this user may', () => {
    const old = { version: '5.0.14', path: '/opt/redis-server' };
    for (const found of [missing, old, { ...old, fault: 'does not start' }]) {
      assert.equal(about('redis', found, debian), 'install');
    }
    const built = { version: '1.85.0', path: '/cache' };
    assert.equal(about('wasm-target', built, debian), 'install', 'of too old a compiler');
    assert.equal(about('wasm-bindgen', { version: '0.2.1', path: '/w' }, debian), 'install');
    assert.equal(about('wasm-target', missing, mac), 'install', 'by rustup');
  });

  test('is named with what was found, what is needed and the command, where this user may not', () => {
    assert.equal(
      about('redis', { version: '5.0.14', path: '/opt/redis-server' }, withoutSudo),
      'redis-server 5.0.14 is too old (/opt/redis-server): 6.2 or newer is needed. This user may not run apt-get: run `sudo apt-get install redis-server`, then this again.',
    );
    const python = { version: '3.11.2', path: '/usr/bin/python3', fault: 'has no ensurepip' };
    assert.match(about('python3', python, withoutSudo), /has no ensurepip .*python3-venv`/);
  });

  test('is named with the command of the system that has no apt', () => {
    assert.match(about('redis', missing, mac), /is missing\. Run `brew install redis`/);
    assert.match(about('redis', missing, fedora), /Run `dnf install redis`/);
    assert.match(about('cc', missing, mac), /xcode-select --install/);
    assert.match(about('python3', missing, { ...debian, manager: null }), /https:\/\/www\.python/);
    assert.match(about('wasm-target', missing, fedora), /rustup target add .* RUSTUP_AUTO_INSTALL/);
  });

  test('is never Rust itself', () => {
    assert.match(about('rust', missing, debian), /^Rust .* is missing\. .*rustup\.rs$/);
    const old = { version: '1.85.0', path: '/usr/bin/rustc' };
    const advice = about('rust', old, { ...debian, rustupMayInstall: true });
    assert.match(advice, /1\.85\.0 is too old .*1\.\d+ or newer.*`rustup update stable`/);
  });

  test('of every name has a line of its own, and all that it is installed by are tools', () => {
    const tools = toolsFor(withoutSudo);
    for (const [name, tool] of Object.entries(tools)) {
      assert.match(tool.advice, /\w/, name);
      for (const each of tool.after) assert.ok(each in tools, `${name} after ${each}`);
    }
    for (const name of [...forStart, ...forTests]) assert.ok(name in tools);
  });

  test('of the tests is not needed for the example', () => {
    const tools = toolsFor(debian);
    const names = new Set(/** @type {string[]} */ ([...forStart]));
    for (const name of names) {
      for (const each of tools[/** @type {keyof typeof tools} */ (name)].after) names.add(each);
    }
    for (const name of forTests) assert.ok(!names.has(name), name);
  });
});

test('a system on which nothing can run is named', () => {
  assert.equal(unsupported(debian), null);
  assert.equal(unsupported(mac), null);
  assert.match(
    unsupported({ ...debian, hasGlibc: false, manager: 'apk' }) ?? '',
    /no glibc.*Debian/,
  );
  assert.match(unsupported({ ...debian, system: 'win32' }) ?? '', /WSL/);
});

describe('a failure is explained by its cause', () => {
  const proxy = { HTTPS_PROXY: 'http://me:secret@127.0.0.1:9' };
  const outputs = {
    npm: 'npm error code ENOTFOUND\nnpm error syscall getaddrinfo',
    apt: "W: Failed to fetch x  Temporary failure resolving 'archive.example'",
    cargo: '  [6] Could not resolve hostname (Could not resolve host: index.example)',
    pip: 'ERROR: Could not find a version that satisfies the requirement blinker==1.9.0\nNewConnectionError: Failed to establish a new connection: [Errno -3]',
  };

  test('no network', () => {
    for (const [name, output] of Object.entries(outputs)) {
      assert.match(explain(output, {}) ?? '', /^no network: /, name);
    }
  });

  test('a proxy that refuses, whose password is not shown', () => {
    const text = explain('npm error FetchError: connect ECONNREFUSED 127.0.0.1:9', proxy) ?? '';
    assert.match(text, /^the proxy http:\/\/127\.0\.0\.1:9 .*HTTPS_PROXY/);
    assert.doesNotMatch(text, /secret/);
  });

  test('a full disk, a certificate, a folder that cannot be written', () => {
    const full = 'error: failed to write: No space left on device (os error 28)';
    assert.match(explain(full, {}) ?? '', /^the disk is full/);
    assert.match(explain('npm error code SELF_SIGNED_CERT_IN_CHAIN', {}) ?? '', /certificate/);
    const denied = "npm error EACCES: permission denied, mkdir '/root/.npm'";
    assert.match(explain(denied, {}) ?? '', /cannot be written \(.*\/root\/\.npm/);
  });

  test('and left as it is where the cause is another', () => {
    assert.equal(explain('error[E0308]: mismatched types', {}), null);
  });
});

test('a home that cannot be written is told with the variables that move its folders', () => {
  assert.equal(explainReadOnly([]), null);
  const folders = [
    { variable: 'XDG_CACHE_HOME', folder: '/home/x/.cache/cachelib-edge/v2' },
    { variable: 'CARGO_HOME', folder: '/home/x/.cargo/registry' },
  ];
  assert.match(
    explainReadOnly(folders) ?? '',
    /cannot be written: \/home\/x\/\.cache\S*, \S+\. .*`XDG_CACHE_HOME=… CARGO_HOME=… npm start`/,
  );
});

test('what nothing has used for a month is removed from the cache', () => {
  const day = 24 * 60 * 60_000;
  const entries = [
    { name: 'v2', age: 0 },
    { name: 'rust-wasm', age: 31 * day },
    { name: 'node-22.23.3', age: 29 * day },
  ];
  assert.deepEqual(unused(entries), ['rust-wasm']);
});
