/**
 * The core's request buffer: operation records, and the tapes of values, are written straight into WebAssembly memory.
 * @module
 */
import { SerializationError } from '../errors/classes.js';
import { outOfMemory } from '../errors/from-core.js';

/** @import { TapeWriter } from '../serializer/encode.js' */

/**
 * @callback Reserve Makes the core's buffer at least `capacity` bytes long and keeps what is in it.
 * @param {number} capacity
 * @returns {number} its address; 0 when there is no memory for it
 */

const encoder = new TextEncoder();

/** Tags of strings, as in crates/serializer/src/tape/mod.rs. */
const NEXT_TEXT = 7;
const TEXT = 8;

/** Records of a tick that have more bytes do not wait for its end. */
const MAX_BATCH_BYTES = 16 << 20;
/** Strings of at most so many characters are batched. */
const MAX_BATCHED_LENGTH = 1024;
/** A batch takes no more strings once it has so many characters. */
const MAX_BATCH_LENGTH = 1 << 20;
/** A longer string is encoded in two steps, so that three bytes a character are not reserved in vain. */
const LONG_STRING = 1 << 16;

/**
 * The short strings of all records of a tick, encoded in one go when the tick ends. When each is encoded by itself, storing
 * 1,000 strings takes 3.3 times as long, 100 rows of 7 fields 2.4 times, a small nested object 1.2 times (medians of 5
 * interleaved rounds, 2026-11-26). The object is as young as its strings: V8 is slow to store a young string in an old object.
 */
class StringBatch {
  text = '';
  /** The strings of the records before the one that is being written. */
  before = '';

  /** How many characters the current record has. */
  get recordLength() {
    return this.text.length - this.before.length;
  }
}

/** Appends to the request buffer. Numbers are little-endian; `u8` to `f64` need bytes that were reserved. */
export class RequestBuffer {
  /** A view of the whole memory. A growth of the memory detaches it (its length is 0 then) until the next `reserve`. */
  bytes = new Uint8Array();
  /** How many bytes may be written: fewer while a value is written. */
  limit = Infinity;
  /** Addresses: of the buffer, of the next byte to write, and of the end of what is reserved. */
  start = 0;
  position = 0;
  end = 0;

  /** What writes values to it; made with the first. @type {TapeWriter | null} */
  writer = null;

  /** The short strings so far. The buffer has memory for them behind `end`. */
  #batch = new StringBatch();
  #reserve;
  #memory;
  #view = new DataView(new ArrayBuffer(0));
  /** Where the record that is being written begins. */
  #recordAt = 0;

  /**
   * @param {Reserve} reserve
   * @param {WebAssembly.Memory} memory
   */
  constructor(reserve, memory) {
    this.#reserve = reserve;
    this.#memory = memory;
  }

  /** Whether the records are to go to the core though the tick has not ended, which limits how many bytes wait. */
  get isFull() {
    return this.length > MAX_BATCH_BYTES;
  }

  /** How many bytes were written since the last `finish`. */
  get length() {
    return this.position - this.start;
  }

  // ---- Records: src/wasm/record.rs

  /**
   * @param {number} kind the operation's
   * @param {number} call its number
   * @param {number} timeoutMs
   */
  beginRecord(kind, call, timeoutMs) {
    this.#recordAt = this.length;
    this.#batch.before = this.#batch.text;
    this.reserve(17);
    this.position += 8;
    this.u8(kind);
    this.u32(call);
    this.u32(timeoutMs);
  }

  endRecord() {
    const at = this.start + this.#recordAt;
    this.#view.setUint32(at, this.position - at - 8, true);
    this.#view.setUint32(at + 4, this.#batch.recordLength, true);
  }

  /** Removes what was written of the record. */
  cancelRecord() {
    this.position = this.start + this.#recordAt;
    this.end += 3 * this.#batch.recordLength;
    this.#batch.text = this.#batch.before;
  }

  /**
   * Ends the batch of records: the short strings go behind them. The next `reserve` asks the core for the buffer anew, since
   * the core may have freed it.
   *
   * @returns {[records: number, strings: number]} how many bytes they have
   */
  finish() {
    const { length } = this;
    const { text } = this.#batch;
    if (text !== '') {
      this.end += 3 * text.length;
      this.#encode(text);
    }
    const strings = this.length - length;
    this.#batch = new StringBatch();
    this.start = this.position = this.end = 0;
    return [length, strings];
  }

  // ---- Memory

  /**
   * Reserves `count` bytes at the position.
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
      const forStrings = 3 * this.#batch.text.length;
      const capacity = Math.max(wanted, Math.min(length * 2, wanted + (64 << 20)), 4096);
      const start = this.#reserve(capacity + forStrings) >>> 0;
      if (start === 0) throw outOfMemory();
      this.start = start;
      this.position = start + length;
      this.end = start + capacity;
    }
    if (this.bytes.length === 0) {
      this.bytes = new Uint8Array(this.#memory.buffer);
      this.#view = new DataView(this.#memory.buffer);
    }
  }

  // ---- Parts of records

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
   * A string with its tag. A lone surrogate becomes three bytes, as with Python's `surrogatepass`.
   *
   * @param {string} text
   */
  string(text) {
    const { length } = text;
    const isLong = length > MAX_BATCHED_LENGTH || this.#batch.text.length > MAX_BATCH_LENGTH;
    if (isLong || !text.isWellFormed()) {
      this.reserve(1);
      this.u8(TEXT);
      return this.payloadString(text);
    }
    this.reserve(3 + 3 * length);
    this.u8(NEXT_TEXT);
    this.#view.setUint16(this.position, length, true);
    this.position += 2;
    this.end -= 3 * length;
    this.#batch.text += text;
  }

  /**
   * A string after its length in bytes.
   *
   * @param {string} text
   */
  payloadString(text) {
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
    this.reserve(text.length > LONG_STRING ? text.length : text.length * 3);
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
