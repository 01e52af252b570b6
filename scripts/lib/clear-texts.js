/**
 * Clears from the module's data what only panics and formatting read: texts, and places in the source. With the functions silenced
 * (`silence-panics.js`) nothing reads them, but no tool drops them, since data has no references that could be followed.
 */

/** The path of a source file, as rustc leaves it in a `core::panic::Location`. */
const PATH = /[\w/.+-]+\.rs\0/g;
/** Address and length of the path, line, column. */
const LOCATION_BYTES = 16;
const MAX_LINE = 100_000;

/** Texts of the standard library, wasm-bindgen, nom and redis-protocol, whose functions are silenced or do not exist. */
const TEXTS = [
  /[^]invalid utf-8 sequence of [^]{0,330} out of range for slice of length \xc0\0[^]{5}\0/g,
  /[^]removal index \(is [^]{2}\) should be < len \(is [^]{2}\)/g,
  /capacity overflow|mid > len|Tried to shrink to a larger capacity|dest is out of bounds/g,
  /assertion failed: i < self\.len\(\)|attempt to calculate the remainder with a divisor of zero/g,
  /internal error: entered unreachable code(: [a-z ]+)?|RefCell already (mutably )?borrowed/g,
  /called `Result::unwrap\(\)` on an `Err` value|LayoutError|rwlock [a-z ]+/g,
  /a formatting trait implementation returned an error when the underlying stream did not/g,
  /to_digit: invalid radix -- radix must be in the range 2 to 36 inclusive/g,
  // Not what stands between, 0123456789abcdef and 0x: the linker keeps them once, for whoever has them.
  /00010203\d{192}|0123456789ABCDEF/g,
  /attempted to take ownership of Rust value while it was borrowed|null pointer passed to rust/g,
  /recursive use of an object detected which would lead to unsafe aliasing in rust/g,
  /closure invoked recursively or after being dropped/g,
  /TagMapResMapOpt\w{0,600}SatisfyFailUnknown|[^]Incomplete\([^]{2}\)/g,
  /parse_utf8|Invalid frame type\.|frame_type|Invalid length\.|(i|u)size_to_[iu]size|Failed to parse as integer\.|to_i64|to_isize/g,
];
/** So many addresses in a row that point into a cleared text are the table of its parts. */
const TABLE_LENGTH = 16;

/** Ids of sections, and opcodes. */
const DATA = 11;
const I32_CONST = 0x41;

/** A part of the memory's first content. @typedef {{ address: number, bytes: Buffer }} Segment */
/** @typedef {{ address: number, length: number }} Span */

/**
 * Clears them in place.
 * @param {Buffer} module
 * @returns {number} how many bytes were cleared
 */
export function clearTexts(module) {
  const segments = dataSegments(module);
  let cleared = 0;
  for (const segment of segments) {
    for (const path of matches(segment, PATH)) {
      for (const { bytes } of segments) cleared += clearPointersTo(bytes, path);
      cleared += clear(segment, path);
    }
    for (const text of TEXTS.flatMap((pattern) => matches(segment, pattern))) {
      for (const { bytes } of segments) cleared += clearTable(bytes, text);
      cleared += clear(segment, text);
    }
  }
  return cleared;
}

/**
 * @param {Segment} segment
 * @param {RegExp} pattern
 * @returns {Span[]}
 */
function matches({ address, bytes }, pattern) {
  const found = bytes.toString('latin1').matchAll(pattern);
  return Array.from(found, ({ index, 0: { length } }) => ({ address: address + index, length }));
}

/**
 * @param {Segment} segment
 * @param {Span} span
 */
function clear({ address, bytes }, span) {
  const start = span.address - address;
  bytes.fill(0, start, start + span.length);
  return span.length;
}

/**
 * Clears a table of addresses in a text.
 * @param {Buffer} bytes
 * @param {Span} text
 */
function clearTable(bytes, { address, length }) {
  let cleared = 0;
  let start = 0;
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const pointsInto = bytes.readUInt32LE(at) - address;
    if (pointsInto >= 0 && pointsInto < length) continue;
    if (at - start >= 4 * TABLE_LENGTH) {
      bytes.fill(0, start, at);
      cleared += at - start;
    }
    start = at + 4;
  }
  return cleared;
}

/**
 * @param {Buffer} bytes
 * @param {Span} path
 */
function clearPointersTo(bytes, { address, length }) {
  const pattern = Buffer.alloc(8);
  pattern.writeUInt32LE(address);
  pattern.writeUInt32LE(length - 1, 4);
  let cleared = 0;
  for (let at = bytes.indexOf(pattern); at >= 0; at = bytes.indexOf(pattern, at + 1)) {
    if (at + LOCATION_BYTES > bytes.length || bytes.readUInt32LE(at + 8) > MAX_LINE) continue;
    bytes.fill(0, at, at + LOCATION_BYTES);
    cleared += LOCATION_BYTES;
  }
  return cleared;
}

/**
 * The active segments of the data section: https://webassembly.github.io/spec/core/binary/modules.html#data-section
 * @param {Buffer} module
 * @returns {Segment[]}
 */
function dataSegments(module) {
  const reader = new Reader(module, 8);
  for (;;) {
    const id = reader.byte();
    const size = reader.leb();
    if (id === DATA) break;
    reader.offset += size;
  }
  return Array.from({ length: reader.leb() }, () => {
    const isActive = reader.leb() === 0 && reader.byte() === I32_CONST;
    if (!isActive) throw new Error('a data segment is not one that rustc makes');
    const address = reader.leb();
    reader.byte();
    const length = reader.leb();
    reader.offset += length;
    return { address, bytes: module.subarray(reader.offset - length, reader.offset) };
  });
}

class Reader {
  /**
   * @param {Buffer} bytes
   * @param {number} offset
   */
  constructor(bytes, offset) {
    this.bytes = bytes;
    this.offset = offset;
  }

  byte() {
    return this.bytes[this.offset++] ?? 0;
  }

  /** A number as LEB128; addresses are below 2³¹, so that signed and unsigned ones read alike. */
  leb() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }
}
