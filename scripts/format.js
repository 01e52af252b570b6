/** `npm run format`: sets Rust and JavaScript as the linters want them. */

import { npmProgram } from './lib/paths.js';
import { run } from './lib/process.js';
import { ensure, runMain } from './setup.js';

await runMain(async () => {
  await ensure('rust-lints', 'npm');
  await run('cargo', ['fmt', '--all']);
  await run('cargo', ['fmt', '--manifest-path', 'scripts/tools/wasm-bindgen/Cargo.toml']);
  await run(npmProgram('prettier'), ['--write', '--log-level', 'warn', '.']);
  await run(npmProgram('eslint'), ['--fix', '.']);
});
