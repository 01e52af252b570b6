/** The tests of the core: on this machine, and as wasm in Node and in Chromium. */

import { wasmBindgenCliFolder, wasmPackFolder } from '../../tools/cargo-tools.js';
import { chromedriver } from '../../tools/programs.js';
import { wasmTargetEnvironment } from '../../tools/wasm-target.js';
import { pathWith } from '../paths.js';
import { filesUnder } from '../stamp.js';
import { add } from './counts.js';
import { runLibtest } from './libtest.js';

/** `cargo test`, as the npm package is built and with every feature. */
export async function testRust() {
  const test = ['test', '--locked', '--no-fail-fast'];
  const shipped = await runLibtest('cargo', test);
  // The serializer has none.
  const withFeatures = [...test, '--package', 'cachelib-edge', '--all-features'];
  return add(shipped, await runLibtest('cargo', withFeatures));
}

/** tests/wasm*.rs by `wasm-pack test`, in Node and in headless Chromium. */
export async function testWasm() {
  const programs = filesUnder('tests')
    .map((path) => /^tests\/(wasm\w*)\.rs$/.exec(path)?.[1])
    .filter((name) => name !== undefined)
    .flatMap((name) => ['--test', name]);
  const inNode = await wasmPack(['--node'], programs, {});
  const browser = ['--headless', '--chrome', '--chromedriver', chromedriver() ?? 'chromedriver'];
  return add(inNode, await wasmPack(browser, programs, { WASM_BINDGEN_USE_BROWSER: '1' }));
}

/**
 * @param {string[]} where
 * @param {string[]} programs
 * @param {Record<string, string>} more environment
 */
function wasmPack(where, programs, more) {
  const target = wasmTargetEnvironment();
  const folders = [wasmPackFolder(), wasmBindgenCliFolder()];
  const path =
    target.PATH === undefined ? pathWith(...folders) : [...folders, target.PATH].join(':');
  const env = { ...target, ...more, PATH: path, WASM_BINDGEN_TEST_TIMEOUT: '120' };
  return runLibtest(
    'wasm-pack',
    ['test', ...where, '--mode', 'no-install', '.', '--locked', ...programs],
    env,
  );
}
