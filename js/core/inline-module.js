/**
 * The core's WebAssembly as text in a module: it needs no permission to read files, no bundler plug-in, no await.
 * @module
 */
import base64 from '../../pkg/inline.js';
import { compile } from './compile.js';

export function loadInlined() {
  return compile(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
}
