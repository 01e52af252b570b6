/** The declarations of the package: js/ → pkg/types/, pkg/deno-types/. */

import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npmProgram, root } from './paths.js';
import { run } from './process.js';
import { step } from './progress.js';
import { filesUnder, unlessUpToDate } from './stamp.js';

const INPUTS = [
  'js',
  'tsconfig.json',
  'pkg/core.d.ts',
  'pkg/lite.d.ts',
  'scripts/lib/build-types.js',
];
const OUTPUTS = [
  'pkg/types/js/cache.d.ts',
  'pkg/types/pkg/core.d.ts',
  'pkg/deno-types/js/entries/deno.d.ts',
];

/** The declarations of what wasm-bindgen built, which those of js/ import by a relative path. */
const BUILT_DECLARATIONS = ['core', 'lite'].flatMap((name) => [
  `${name}.d.ts`,
  `${name}_bg.d.wasm.ts`,
]);
BUILT_DECLARATIONS.push('inline.d.ts', 'lite-inline.d.ts');

/** Declarations that are written as such: the compiler takes them, and does not put them out. */
const WRITTEN_DECLARATIONS = ['js/errors/codes.d.ts', 'js/options/api.d.ts'];

/** Generates the declarations unless they are up to date. Types are checked by `npm test`, not here. */
export function buildTypes() {
  return unlessUpToDate('types', INPUTS, OUTPUTS, () =>
    step('Generating the type declarations', 'a few seconds', async () => {
      const folder = join(root, 'pkg', 'types');
      rmSync(folder, { recursive: true, force: true });
      await run(npmProgram('tsc'), [
        ...['--project', 'tsconfig.json', '--outDir', folder, '--noEmit', 'false', '--noCheck'],
        ...['--declaration', '--emitDeclarationOnly', '--stripInternal'],
      ]);
      mkdirSync(join(folder, 'pkg'), { recursive: true });
      for (const name of BUILT_DECLARATIONS) {
        copyFileSync(join(root, 'pkg', name), join(folder, 'pkg', name));
      }
      for (const path of WRITTEN_DECLARATIONS) {
        copyFileSync(join(root, path), join(folder, path));
      }
      writeDenoTypes(folder);
    }),
  );
}

/**
 * The declarations for Deno by way of JSR: each imports others by their own names, where TypeScript wants those of modules.
 * @param {string} types
 */
function writeDenoTypes(types) {
  const folder = join(root, 'pkg', 'deno-types');
  rmSync(folder, { recursive: true, force: true });
  cpSync(types, folder, { recursive: true });
  for (const path of filesUnder('pkg/deno-types')) {
    const text = readFileSync(join(root, path), 'utf8');
    writeFileSync(join(root, path), text.replace(/(['"]\.[^'"\n]*)\.js(?=['"])/g, '$1.d.ts'));
  }
}
