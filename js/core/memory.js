/**
 * The memory of the core's WebAssembly, as arrays.
 * @module
 */

/** Views of the whole memory. They are void once the memory has grown, until the next `current()`. */
export class Views {
  bytes = new Uint8Array();
  units = new Uint16Array();
  words = new Uint32Array();
  steps = new Int32Array();
  floats = new Float64Array();
  #memory;

  /** @param {WebAssembly.Memory} memory */
  constructor(memory) {
    this.#memory = memory;
  }

  /** The views, taken anew if the memory has grown. */
  current() {
    if (this.bytes.length === 0) {
      const { buffer } = this.#memory;
      this.bytes = new Uint8Array(buffer);
      this.units = new Uint16Array(buffer);
      this.words = new Uint32Array(buffer);
      this.steps = new Int32Array(buffer);
      this.floats = new Float64Array(buffer);
    }
    return this;
  }
}

/**
 * @param {Uint32Array} words
 * @param {number} at
 */
export function word(words, at) {
  return /** @type {number} */ (words[at]);
}
