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

/** @param {string} base64 of the module's bytes */
export function compileText(base64) {
  return compile(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
}

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

/**
 * A module that was compiled elsewhere: Next's development server does it in another realm, whose modules are no
 * `WebAssembly.Module`s here.
 *
 * @param {WebAssembly.Module} module
 * @returns {WebAssembly.Module}
 */
export function adopt(module) {
  return Object.setPrototypeOf(module, WebAssembly.Module.prototype);
}
