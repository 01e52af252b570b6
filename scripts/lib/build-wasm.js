/** The core's wasm modules and what goes with them: src/ → pkg/core*, pkg/inline.js, and the same for `lite`. */

import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtModule, npmProgram, root } from './paths.js';
import { run } from './process.js';
import { step } from './progress.js';
import { silencePanics } from './silence-panics.js';
import { unlessUpToDate } from './stamp.js';
import { wasmBindgen } from '../tools/cargo-tools.js';
import { fetchCrates, remapFlags } from '../tools/rust.js';
import { wasmTargetEnvironment } from '../tools/wasm-target.js';

/**
 * What wasm-opt is to aim at. -O3 gives the fastest module, -Oz one that is no smaller once compressed. LLVM has inlined what is called
 * in one place where that is good: more of it makes the module 0.7 % larger. Runtimes find common subexpressions themselves: locals for them
 * make it 0.15 % larger. The low memory is the end of the stack, which nothing points to.
 */
const OPTIMIZE = [
  '-O3',
  '--one-caller-inline-max-function-size=0',
  '--skip-pass=local-cse',
  '--low-memory-unused',
];

/**
 * How eagerly LLVM inlines; its own measure for opt-level 3 is 225. Measured on small values, 1000 in flight: 75 makes the
 * module 7 % smaller and 6 % slower; 40 2 % smaller yet and no slower; 25 1 % smaller yet and 2 to 6 % slower.
 */
const INLINE_THRESHOLD = 40;
/**
 * The same for what is marked `#[inline]`; LLVM's own is 325. An object's `get` takes 3 % longer with 40 and 4 % less with 325, which make
 * the module 1.5 % smaller and 2 % larger (9 interleaved rounds, 2026-11-26).
 */
const INLINE_HINT_THRESHOLD = 70;

/**
 * What LLVM may spend size on. Loops whose test is copied in front of them, unrolled and peeled ones make it 2 % larger, and both sides of a branch computed in
 * place of one 0.4 %. All measured as above: no difference in speed (2026-11-26).
 */
const LLVM = [
  `-inline-threshold=${INLINE_THRESHOLD}`,
  `-inlinehint-threshold=${INLINE_HINT_THRESHOLD}`,
  '-rotation-max-header-size=0',
  '-unroll-threshold=0',
  '-unroll-allow-peeling=0',
  '-two-entry-phi-node-folding-threshold=1',
];

/** What every runtime that the package supports can run, and rustc uses. */
const WASM_FEATURES = [
  '--enable-bulk-memory',
  '--enable-multivalue',
  '--enable-mutable-globals',
  '--enable-nontrapping-float-to-int',
  '--enable-reference-types',
  '--enable-sign-ext',
];

const INPUTS = [
  'src',
  'crates',
  'Cargo.toml',
  'Cargo.lock',
  '.cargo',
  'scripts/lib/build-wasm.js',
  'scripts/lib/silence-panics.js',
  'scripts/tools/wasm-bindgen',
];

/**
 * @typedef {object} Build
 * @property {string} name of its files
 * @property {string} title what it is
 * @property {string} inline the file with its bytes as text
 * @property {string[]} features those of Cargo.toml
 */

/** @type {Build[]} */
const BUILDS = [
  { name: 'core', title: 'the core', inline: 'inline', features: ['cluster', 'layer'] },
  { name: 'lite', title: 'the core of lite', inline: 'lite-inline', features: [] },
];

/** Builds the modules that are not up to date. */
export async function buildWasm() {
  for (const build of BUILDS) {
    await unlessUpToDate(`wasm-${build.name}`, INPUTS, outputsOf(build), () => make(build));
  }
}

/** @param {Build} build */
const outputsOf = ({ name, inline }) =>
  [
    `${name}.js`,
    `${name}.d.ts`,
    `${name}_bg.wasm`,
    `${name}_bg.d.wasm.ts`,
    `${inline}.js`,
    `${inline}.d.ts`,
  ].map((file) => `pkg/${file}`);

/** @param {Build} build */
async function make(build) {
  const { name, title, features } = build;
  await step(`Compiling ${title} to wasm`, 'up to a minute the first time', () =>
    compile(features),
  );
  const folder = join(root, 'pkg', '.new');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await bind(folder, name);
  await step(`Optimizing ${title}`, 'about 15 seconds', () =>
    optimize(join(folder, `${name}_bg.wasm`)),
  );
  writeCompanions(folder, build);
  for (const file of readdirSync(folder)) renameSync(join(folder, file), join(root, 'pkg', file));
  rmSync(folder, { recursive: true });
}

/** @param {string[]} features */
async function compile(features) {
  await fetchCrates();
  const flags = [...remapFlags(), ...LLVM.map((option) => `-Cllvm-args=${option}`)];
  const config = `target.wasm32-unknown-unknown.rustflags=${JSON.stringify(flags)}`;
  // The module alone: beside a library of the same build it is 2 % larger.
  const args = ['rustc', '--lib', '--crate-type', 'cdylib', '--release', '--locked'];
  const selected = ['--no-default-features', '--features', features.join(',')];
  const env = { ...wasmTargetEnvironment(), RUSTFLAGS: undefined };
  const target = ['--target', 'wasm32-unknown-unknown', '--config', config];
  await run('cargo', [...args, ...selected, ...target], { env });
}

/**
 * Makes the module's JavaScript, without warnings for callers of its older forms and without `using`, of which nothing here makes use.
 * @param {string} folder
 * @param {string} name
 */
async function bind(folder, name) {
  await run(wasmBindgen(), [builtModule, folder, name]);
  const { transform } = await import('esbuild');
  const file = join(folder, `${name}.js`);
  const { code } = await transform(readFileSync(file, 'utf8'), {
    drop: ['console'],
    define: { 'Symbol.dispose': 'undefined' },
    minifySyntax: true,
  });
  writeFileSync(file, code);
}

/** @param {string} file the module */
async function optimize(file) {
  await silencePanics(file);
  await run(npmProgram('wasm-opt'), [
    ...OPTIMIZE,
    ...WASM_FEATURES,
    '--strip-debug',
    file,
    '-o',
    file,
  ]);
}

/**
 * The module's bytes as text, for runtimes that load a module from nowhere else, and the types of both forms.
 * @param {string} folder
 * @param {Build} build
 */
function writeCompanions(folder, { name, inline }) {
  const base64 = readFileSync(join(folder, `${name}_bg.wasm`)).toString('base64');
  writeFileSync(join(folder, `${inline}.js`), `export default '${base64}';\n`);
  writeFileSync(
    join(folder, `${inline}.d.ts`),
    'declare const base64: string;\nexport default base64;\n',
  );

  // wasm-bindgen describes an import of the instance's exports; bundlers and workerd import the module.
  rmSync(join(folder, `${name}_bg.wasm.d.ts`));
  const declaration = 'declare const module: WebAssembly.Module;\nexport default module;\n';
  writeFileSync(join(folder, `${name}_bg.d.wasm.ts`), declaration);
}
