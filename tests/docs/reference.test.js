/** `npm run docs`, which README names. */

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/lib/paths.js';
import { run } from '../../scripts/lib/process.js';

test('the API reference is written, also in a checkout that has no origin', async (t) => {
  const reference = join(root, 'docs', 'api');
  rmSync(reference, { recursive: true, force: true });
  const repository = mkdtempSync(join(tmpdir(), 'cachelib-edge-'));
  t.after(() => rmSync(repository, { recursive: true }));
  const env = { GIT_DIR: repository, GIT_WORK_TREE: root };
  await run('git', ['init', '--bare', repository]);
  const author = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
  await run('git', [...author, 'commit', '--allow-empty', '-m', 'Begin'], { env });
  await run(process.execPath, [join(root, 'scripts', 'docs.js')], { env });
  assert.ok(existsSync(join(reference, 'classes', 'entries_default.RedisCache.html')));
});
