/**
 * The core's WebAssembly as text in a module: it needs no permission to read files, no bundler plug-in, no await.
 * @module
 */
import base64 from '../../pkg/inline.js';
import { compileText } from './compile.js';

export function load() {
  return compileText(base64);
}
