/**
 * The core's operation buffer, seen from JavaScript: operation records and the tapes of values are written straight into
 * WebAssembly memory.
 * @module
 */
import { SerializationError } from './errors.js';

/**
 * What the buffer needs of the core.
 *
 * @typedef {object} Room
 * @property {(capacity: number) => number} reserve_operations makes the buffer at least `capacity` bytes long, keeps what
 *   is in it and returns its address; 0 where there is no memory for it
 */

const encoder = new TextEncoder();

/** Up to this length a loop over the characters is faster than a call of the encoder. */
const LOOPED = 36;
/** Text beyond this is encoded in two steps, so that room for three bytes a character is not made in vain. */
const LONG = 1 << 16;
/** Appends to the operation buffer. Numbers are little-endian; `u8`, `u32` and `f64` need room that was reserved. */
export class OperationBuffer {
  /** A view of the whole memory; its length is 0 once the memory has grown, until the next `reserve`. */
  bytes = new Uint8Array();
  /** How long what was written may become: less while a value is written. */
  limit = Infinity;
  /** Addresses: of the buffer, of what is written next, of the buffer's end. */
  start = 0;
  position = 0;
  end = 0;

  #core;
  #memory;
  #view = new DataView(new ArrayBuffer(0));

  /**
   * @param {Room} core
   * @param {WebAssembly.Memory} memory
   */
  constructor(core, memory) {
    this.#core = core;
    this.#memory = memory;
  }

  /** How many bytes were written since the last reset. */
  get length() {
    return this.position - this.start;
  }

  /** Forgets what was written, and asks the core anew for room when the next is: it may have given the buffer up. */
  reset() {
    this.start = this.position = this.end = 0;
  }

  /**
   * Makes room for `count` bytes at the position.
   *
   * @param {number} count
   */
  reserve(count) {
    if (this.position + count > this.end || this.bytes.length === 0) this.#grow(count);
  }

  /** @param {number} count */
  #grow(count) {
    const { length } = this;
    const wanted = length + count;
    if (wanted > this.limit) {
      throw new SerializationError('the value is larger than 512 MB, which Redis refuses');
    }
    if (this.position + count > this.end) {
      const capacity = Math.max(wanted, Math.min(length * 2, wanted + (64 << 20)), 4096);
      const start = this.#core.reserve_operations(capacity) >>> 0;
      if (start === 0) throw new SerializationError('there is no memory for a value of this size');
      this.start = start;
      this.position = start + length;
      this.end = start + capacity;
    }
    if (this.bytes.length === 0) {
      this.bytes = new Uint8Array(this.#memory.buffer);
      this.#view = new DataView(this.#memory.buffer);
    }
  }

  /** @param {number} value */
  u8(value) {
    this.bytes[this.position++] = value;
  }

  /** @param {number} value */
  u32(value) {
    this.#view.setUint32(this.position, value, true);
    this.position += 4;
  }

  /** @param {number} value */
  f64(value) {
    this.#view.setFloat64(this.position, value, true);
    this.position += 8;
  }

  /**
   * Bytes after their length.
   *
   * @param {Uint8Array} bytes
   */
  payload(bytes) {
    this.reserve(4 + bytes.length);
    this.u32(bytes.length);
    this.bytes.set(bytes, this.position);
    this.position += bytes.length;
  }

  /**
   * Text after its length in bytes, as UTF-8; a lone surrogate becomes three bytes, as Python's `surrogatepass` writes it.
   *
   * @param {string} text
   */
  text(text) {
    this.reserve(4);
    this.position += 4;
    const { length } = this;
    this.utf8(text);
    const head = this.start + length - 4;
    this.#view.setUint32(head, this.position - head - 4, true);
  }

  /**
   * Text without its length.
   *
   * @param {string} text
   */
  utf8(text) {
    const { length } = text;
    if (length > LOOPED) return this.#encode(text);
    this.reserve(length);
    const { bytes } = this;
    let { position } = this;
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      // The part before may be written again: it leaves the same bytes.
      if (code > 127) return this.#encode(text);
      bytes[position++] = code;
    }
    this.position = position;
  }

  /** @param {string} text */
  #encode(text) {
    if (!text.isWellFormed()) return this.#encodeSurrogates(text);
    this.reserve(text.length > LONG ? text.length : text.length * 3);
    const { read } = this.#encodeInto(text);
    if (read < text.length) {
      this.reserve((text.length - read) * 3);
      this.#encodeInto(text.slice(read));
    }
  }

  /** @param {string} text */
  #encodeInto(text) {
    const result = encoder.encodeInto(text, this.bytes.subarray(this.position, this.end));
    this.position += result.written;
    return result;
  }

  /** @param {string} text */
  #encodeSurrogates(text) {
    for (const part of text.split(/(\p{Surrogate})/u)) {
      if (part.isWellFormed()) {
        this.#encode(part);
        continue;
      }
      const code = part.charCodeAt(0);
      this.reserve(3);
      this.u8(0xe0 | (code >> 12));
      this.u8(0x80 | ((code >> 6) & 0x3f));
      this.u8(0x80 | (code & 0x3f));
    }
  }
}
