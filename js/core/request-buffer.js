/**
 * The core's operation buffer, seen from JavaScript: operation records and the tapes of values are written straight into
 * WebAssembly memory.
 * @module
 */
import { SerializationError } from '../errors/classes.js';

/**
 * What the buffer needs of the core.
 *
 * @typedef {object} Room
 * @property {(capacity: number) => number} reserve_operations makes the buffer at least `capacity` bytes long, keeps what
 *   is in it and returns its address; 0 where there is no memory for it
 */

const encoder = new TextEncoder();

/** Tags of texts, as in src/serializer/tape/mod.rs. */
const NEXT_TEXT = 7;
const TEXT = 8;

/** Texts of at most so many characters are gathered: to encode each by itself takes longer. */
const SHORT = 1024;
/** So many characters are gathered at most. */
const MOST_GATHERED = 1 << 20;
/** Text beyond this is encoded in two steps, so that room for three bytes a character is not made in vain. */
const LONG = 1 << 16;

/** The short texts of one batch: an object as young as they are, since V8 takes its time to put young strings into an old one. */
class Gathered {
  texts = '';
  /** The texts of the records before the one that is being written. */
  before = '';

  /** How many characters of text the record has. */
  get ofRecord() {
    return this.texts.length - this.before.length;
  }
}

/** Appends to the operation buffer. Numbers are little-endian; `u8` to `f64` need room that was reserved. */
export class OperationBuffer {
  /** A view of the whole memory; its length is 0 once the memory has grown, until the next `reserve`. */
  bytes = new Uint8Array();
  /** How long what was written may become: less while a value is written. */
  limit = Infinity;
  /** Addresses: of the buffer, of what is written next, of where the room for it ends. */
  start = 0;
  position = 0;
  end = 0;

  /** The short texts so far. The buffer has room for them behind `end`. */
  #gathered = new Gathered();
  #core;
  #memory;
  #view = new DataView(new ArrayBuffer(0));
  /** Where the record that is being written begins. */
  #recordAt = 0;

  /**
   * @param {Room} core
   * @param {WebAssembly.Memory} memory
   */
  constructor(core, memory) {
    this.#core = core;
    this.#memory = memory;
  }

  /** How many bytes of the batch were written. */
  get length() {
    return this.position - this.start;
  }

  // ---- Records: src/wasm/record.rs

  /**
   * @param {number} verb
   * @param {number} call
   * @param {number} patience milliseconds
   */
  beginRecord(verb, call, patience) {
    this.#recordAt = this.length;
    this.#gathered.before = this.#gathered.texts;
    this.reserve(17);
    this.position += 8;
    this.u8(verb);
    this.u32(call);
    this.u32(patience);
  }

  endRecord() {
    const at = this.start + this.#recordAt;
    this.#view.setUint32(at, this.position - at - 8, true);
    this.#view.setUint32(at + 4, this.#gathered.ofRecord, true);
  }

  /** Takes back what was written of the record. */
  cancelRecord() {
    this.position = this.start + this.#recordAt;
    this.end += 3 * this.#gathered.ofRecord;
    this.#gathered.texts = this.#gathered.before;
  }

  /**
   * Ends the batch: the texts go behind the records, and the next batch begins anew. It asks the core for room then, which may
   * have given the buffer up.
   *
   * @returns {[records: number, texts: number]} how many bytes they are
   */
  finish() {
    const { length } = this;
    const { texts } = this.#gathered;
    if (texts !== '') {
      this.end += 3 * texts.length;
      this.#encode(texts);
    }
    const written = this.length - length;
    this.#gathered = new Gathered();
    this.start = this.position = this.end = 0;
    return [length, written];
  }

  // ---- Room

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
      const forTexts = 3 * this.#gathered.texts.length;
      const capacity = Math.max(wanted, Math.min(length * 2, wanted + (64 << 20)), 4096);
      const start = this.#core.reserve_operations(capacity + forTexts) >>> 0;
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

  // ---- What records are made of

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
    this.reserve(4);
    this.u32(bytes.length);
    this.append(bytes);
  }

  /** @param {Uint8Array} bytes */
  append(bytes) {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.position);
    this.position += bytes.length;
  }

  /**
   * A copy of what was written since there were `length` bytes.
   *
   * @param {number} length
   */
  copyFrom(length) {
    return this.bytes.slice(this.start + length, this.position);
  }

  /**
   * Text with its tag; a lone surrogate becomes three bytes, as Python's `surrogatepass` writes it.
   *
   * @param {string} text
   */
  text(text) {
    const { length } = text;
    if (length > SHORT || this.#gathered.texts.length > MOST_GATHERED || !text.isWellFormed()) {
      this.reserve(1);
      this.u8(TEXT);
      return this.payloadText(text);
    }
    this.reserve(3 + 3 * length);
    this.u8(NEXT_TEXT);
    this.#view.setUint16(this.position, length, true);
    this.position += 2;
    this.end -= 3 * length;
    this.#gathered.texts += text;
  }

  /**
   * Text after its length in bytes.
   *
   * @param {string} text
   */
  payloadText(text) {
    this.reserve(4);
    this.position += 4;
    const { length } = this;
    if (text.isWellFormed()) this.#encode(text);
    else this.#encodeSurrogates(text);
    const head = this.start + length - 4;
    this.#view.setUint32(head, this.position - head - 4, true);
  }

  /** @param {string} text */
  #encode(text) {
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
