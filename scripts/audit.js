/** `npm run audit`: what is known against the dependencies, and whether their licences are allowed (deny.toml). */

import { join } from 'node:path';
import { root } from './lib/paths.js';
import { run } from './lib/process.js';
import { step } from './lib/progress.js';
import { ensure, runMain } from './setup.js';
import { cargoDeny } from './tools/cargo-tools.js';

/** Both lock files: the crate's, and that of the program that is compiled of wasm-bindgen's library. */
const MANIFESTS = ['Cargo.toml', 'scripts/tools/wasm-bindgen/Cargo.toml'];

await runMain(async () => {
  await ensure('rust', 'cargo-deny');
  for (const manifest of MANIFESTS) {
    const places = ['--manifest-path', join(root, manifest), '--config', join(root, 'deny.toml')];
    await step(`cargo deny, ${manifest}`, 'a few seconds', () =>
      run(cargoDeny(), [...places, '--locked', '--all-features', 'check']),
    );
  }
  await step('npm audit', 'a few seconds', () => run('npm', ['audit', '--audit-level=high']));
});
