/** The versions that the project needs stand once, and what else names them agrees. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/lib/paths.js';
import { OLDEST } from '../../scripts/tools/runtimes.js';
import { exact, needs } from '../../scripts/tools/versions.js';

const read = (/** @type {string} */ path) => readFileSync(join(root, path), 'utf8');
const manifest = JSON.parse(read('package.json'));

test('Rust: Cargo.toml, and what README and CONTRIBUTING ask for', () => {
  assert.match(needs.rust, /^1\.\d+$/);
  for (const document of ['README.md', 'CONTRIBUTING.md']) {
    assert.ok(read(document).includes(`Rust ${needs.rust}`), document);
  }
});

test('Node: package.json, and what README and CONTRIBUTING ask for', () => {
  assert.equal(manifest.devEngines.runtime.version, `>=${needs.node}`);
  for (const document of ['README.md', 'CONTRIBUTING.md']) {
    assert.ok(read(document).includes(`Node ${needs.node}`), document);
  }
});

test('Node: what a user of the package needs is no more than what its development needs', () => {
  const [, major] = /^>=(\d+)$/.exec(manifest.engines.node) ?? [];
  assert.equal(Number.parseInt(needs.node, 10), Number(major));
});

test('Python: what README and CONTRIBUTING ask for', () => {
  for (const document of ['README.md', 'CONTRIBUTING.md']) {
    assert.ok(read(document).includes(`Python ${needs.python}`), document);
  }
});

test('wasm-bindgen: Cargo.lock, and the program that is compiled of its library', () => {
  const folder = 'scripts/tools/wasm-bindgen';
  for (const crate of ['cli-support', 'shared']) {
    const line = `wasm-bindgen-${crate} = "=${exact.wasmBindgen}"`;
    assert.ok(read(`${folder}/Cargo.toml`).includes(line), line);
  }
  const locked = new RegExp(`name = "wasm-bindgen-cli-support"\nversion = "${exact.wasmBindgen}"`);
  assert.match(read(`${folder}/Cargo.lock`), locked);
});

test('Deno and Bun: the oldest that are tested, and what README promises', () => {
  const readme = read('README.md');
  assert.match(readme, new RegExp(`Node ${OLDEST.node.replace('.0.0', '')} and newer`));
  assert.match(readme, new RegExp(`Deno ${OLDEST.deno.replace('.0.0', '')} and newer`));
  assert.match(readme, new RegExp(`Bun ${OLDEST.bun} and newer`));
});
