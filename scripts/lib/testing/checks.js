/** Checks by tools that read the source: each counts as one test. */

import { npmProgram } from '../paths.js';
import { run } from '../process.js';
import { duration } from '../progress.js';
import { wasmTargetEnvironment } from '../../tools/wasm-target.js';

/** @typedef {{ name: string, command: string, args: string[], env?: () => Record<string, string> }} Check */

const DENY_ON_WASM = 'target.wasm32-unknown-unknown.rustflags=["-Dwarnings"]';

/** @type {Check[]} */
const lintChecks = [
  { name: 'rustfmt', command: 'cargo', args: ['fmt', '--all', '--check'] },
  {
    name: 'rustfmt, for scripts/',
    command: 'cargo',
    args: ['fmt', '--check', '--manifest-path', 'scripts/tools/wasm-bindgen/Cargo.toml'],
  },
  {
    name: 'clippy',
    command: 'cargo',
    args: ['clippy', '--locked', '--all-targets', '--all-features', '--', '-Dwarnings'],
  },
  {
    name: 'clippy, without features',
    command: 'cargo',
    args: ['clippy', '--locked', '--all-targets', '--no-default-features', '--', '-Dwarnings'],
  },
  {
    name: 'the compiler, for wasm',
    command: 'cargo',
    args: [
      'check',
      '--locked',
      '--lib',
      '--tests',
      '--target',
      'wasm32-unknown-unknown',
      '--config',
      DENY_ON_WASM,
    ],
    env: wasmTargetEnvironment,
  },
  {
    name: 'rustdoc',
    command: 'cargo',
    args: ['doc', '--locked', '--no-deps', '--all-features'],
    env: () => ({ RUSTDOCFLAGS: '-Dwarnings' }),
  },
  {
    name: 'prettier',
    command: npmProgram('prettier'),
    args: ['--check', '--log-level', 'warn', '.'],
  },
  { name: 'eslint', command: npmProgram('eslint'), args: ['--max-warnings', '0', '.'] },
];

/** @type {Check[]} */
const typeChecks = [
  { name: 'types of the package', command: npmProgram('tsc'), args: ['-p', '.'] },
  { name: 'types of the scripts', command: npmProgram('tsc'), args: ['-p', 'scripts'] },
  { name: 'publint', command: npmProgram('publint'), args: ['--strict'] },
];

/** Formatting, lints and documentation. */
export const lint = () => runChecks(lintChecks);

/** Types, and the package's exports. */
export const types = () => runChecks(typeChecks);

/** @param {Check[]} checks */
async function runChecks(checks) {
  const counts = { passed: 0, failed: 0 };
  for (const { name, command, args, env } of checks) {
    const start = Date.now();
    try {
      await run(command, args, { env: env?.() });
      counts.passed += 1;
      console.log(`✓ ${name} (${duration(start)})`);
    } catch (error) {
      counts.failed += 1;
      console.log(`✗ ${name}: ${/** @type {Error} */ (error).message}`);
    }
  }
  return counts;
}
