/** `npm run docs`: the API reference, made by TypeDoc from the declarations, in docs/api/. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/paths.js';
import { run } from './lib/process.js';
import { step } from './lib/progress.js';
import { buildTypes } from './lib/build-types.js';
import { ensure, runMain } from './setup.js';
import { projectFolder, TYPEDOC } from './tools/npm-project.js';

/** The declarations of what users import. */
const { exports: entries } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const declarations = Object.values(entries)
  .map(({ types = '' }) => types)
  .filter((path) => path.startsWith('./pkg/types/js/'));

await runMain(async () => {
  await ensure('npm', 'typedoc');
  await buildTypes();
  await step('Writing the API reference', 'about 10 seconds', writeReference);
  console.log(join(root, 'docs', 'api', 'index.html'));
});

async function writeReference() {
  // Beside the declarations, which are published.
  const tsconfig = join(root, 'pkg', 'typedoc.json');
  const compilerOptions = { module: 'ESNext', moduleResolution: 'bundler', skipLibCheck: true };
  writeFileSync(tsconfig, JSON.stringify({ compilerOptions, include: ['types'] }));
  const points = declarations.flatMap((path) => ['--entryPoints', join(root, path)]);
  await run(join(projectFolder(TYPEDOC), 'node_modules', '.bin', 'typedoc'), [
    ...points,
    ...['--tsconfig', tsconfig, '--out', join(root, 'docs', 'api'), '--name', 'cachelib-edge'],
    // The declarations are in no commit that a link could lead to.
    ...['--readme', 'none', '--excludeInternal', '--excludePrivate', '--disableSources'],
    ...['--treatWarningsAsErrors', '--validation.notExported', 'false'],
    ...['--validation.invalidLink', 'false'],
  ]);
}
