/**
 * The core's WebAssembly from within a module: it needs no permission to read files, no bundler's plug-in, no await.
 * @module
 */
import base64 from '../../pkg/inline.js';

/** @returns {Uint8Array<ArrayBuffer>} */
export function loadInlined() {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
