/**
 * The core's WebAssembly instance: one for all caches, made when the first of them is used.
 * @module
 */
import { Core, initSync } from '../../pkg/core.js';

export { Core };

/** @type {WebAssembly.Memory | undefined} */
let memory;

/**
 * The memory of the instance, which is made of what `load` returns when there is none yet.
 *
 * @param {() => BufferSource | WebAssembly.Module} load
 * @returns {WebAssembly.Memory}
 */
export function instantiate(load) {
  return (memory ??= initSync({ module: load() }).memory);
}
