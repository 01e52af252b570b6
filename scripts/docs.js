/** `npm run docs`: the API reference, made by TypeDoc from the declarations, in docs/api/. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/paths.js';
import { run } from './lib/process.js';
import { step } from './lib/progress.js';
import { buildTypes } from './lib/build-types.js';
import { ensure, runMain } from './setup.js';
import { projectFolder, TYPEDOC } from './tools/npm-project.js';

/** What users import, from the root of the project. */
const MODULES = [
  'js/entries/default',
  'js/python/index',
  'js/testing/index',
  ...['better-auth', 'bentocache', 'cachified', 'hono', 'keyv', 'next', 'opennext'].map(
    (name) => `js/adapters/${name}/index`,
  ),
  ...['rate-limit', 'unstorage'].map((name) => `js/adapters/${name}/index`),
];

await runMain(async () => {
  await ensure('npm', 'typedoc');
  await buildTypes();
  await step('Writing the API reference', 'about 10 seconds', writeReference);
  console.log(join(root, 'docs', 'api', 'index.html'));
});

async function writeReference() {
  const folder = join(root, 'pkg', 'types');
  // Beside the declarations, which are published.
  const tsconfig = join(root, 'pkg', 'typedoc.json');
  const compilerOptions = { module: 'ESNext', moduleResolution: 'bundler', skipLibCheck: true };
  writeFileSync(tsconfig, JSON.stringify({ compilerOptions, include: ['types'] }));
  const entries = MODULES.map((path) => ['--entryPoints', join(folder, `${path}.d.ts`)]).flat();
  await run(join(projectFolder(TYPEDOC), 'node_modules', '.bin', 'typedoc'), [
    ...entries,
    ...['--tsconfig', tsconfig, '--out', join(root, 'docs', 'api'), '--name', 'cachelib-edge'],
    ...['--readme', 'none', '--excludeInternal', '--excludePrivate', '--treatWarningsAsErrors'],
    ...['--validation.notExported', 'false', '--validation.invalidLink', 'false'],
  ]);
}
