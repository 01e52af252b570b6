/**
 * Compiles the core where no bundler or runtime has done it.
 * @module
 */
import { unavailable } from './instance.js';

/**
 * Why a module cannot be compiled, and what to do.
 * @type {[pattern: RegExp, advice: string][]}
 */
const ADVICE = [
  [
    /disallow|unsafe-eval|Content.Security.Policy|blocked|code generation/i,
    "code generation is forbidden here: in a page, add 'wasm-unsafe-eval' to script-src of its Content-Security-Policy; on workerd, bundle with the condition 'workerd'",
  ],
  [
    /WebAssembly is not defined/,
    'this runtime has no WebAssembly; in Node, --jitless turns it off',
  ],
];

/**
 * @param {BufferSource | WebAssembly.Module} module as bytes, or compiled already
 * @throws {CoreError} where it cannot be compiled
 */
export function compile(module) {
  try {
    return module instanceof WebAssembly.Module ? module : new WebAssembly.Module(module);
  } catch (cause) {
    throw unavailable(cause, ADVICE.find(([pattern]) => pattern.test(String(cause)))?.[1]);
  }
}
