/**
 * The core's WebAssembly memory as typed arrays.
 * @module
 */

/** Views of the whole memory. A growth of the memory detaches them; `current()` makes new ones. */
export class MemoryViews {
  u8 = new Uint8Array();
  u16 = new Uint16Array();
  u32 = new Uint32Array();
  i32 = new Int32Array();
  f64 = new Float64Array();
  #memory;

  /** @param {WebAssembly.Memory} memory */
  constructor(memory) {
    this.#memory = memory;
  }

  /** The views, made anew if the memory has grown. */
  current() {
    if (this.u8.length === 0) {
      const { buffer } = this.#memory;
      this.u8 = new Uint8Array(buffer);
      this.u16 = new Uint16Array(buffer);
      this.u32 = new Uint32Array(buffer);
      this.i32 = new Int32Array(buffer);
      this.f64 = new Float64Array(buffer);
    }
    return this;
  }
}

/**
 * @param {Uint32Array} u32
 * @param {number} index
 */
export function u32At(u32, index) {
  return /** @type {number} */ (u32[index]);
}
