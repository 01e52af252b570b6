/** `npm run build`: fills pkg/, so that `npm pack` gives the package, and reports its size. */

import { pathToFileURL } from 'node:url';
import { buildTypes } from './lib/build-types.js';
import { buildWasm } from './lib/build-wasm.js';
import { exclusively } from './lib/lock.js';
import { reportSize } from './lib/size-report.js';
import { ensure, runMain } from './setup.js';

/** Fills pkg/ with what is not up to date. */
export async function build() {
  await ensure('rust', 'npm', 'wasm-target', 'wasm-bindgen');
  await exclusively('build', async () => {
    await buildWasm();
    await buildTypes();
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await runMain(async () => {
    await build();
    await reportSize();
  });
}
