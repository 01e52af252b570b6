/** What `cargo publish` would upload. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { root, run } from './installed.js';

/** The sources and papers of the crate, and what cargo adds. */
const CRATE =
  /^(src\/.*\.rs|examples\/\w+\.rs|Cargo\.(toml|toml\.orig|lock)|LICENSE-\w+|README\.md|\.cargo_vcs_info\.json)$/;

test('the crate holds its sources, and nothing that was built or installed', async () => {
  const { stdout } = await run('cargo', ['package', '--list', '--allow-dirty'], { cwd: root });
  const files = stdout.trim().split('\n');
  assert.deepEqual(
    files.filter((path) => !CRATE.test(path)),
    [],
  );
  for (const path of ['src/lib.rs', 'examples/native.rs', 'LICENSE-MIT', 'README.md']) {
    assert.ok(files.includes(path), path);
  }
});
