/**
 * Clears the places of panics in the source from the module's data: with the panics' text gone (`silence-panics.js`) nothing
 * reads them, but no tool drops them, since data has no references that could be followed.
 */

/** The path of a source file, as rustc leaves it in a `core::panic::Location`. */
const PATH = /[\w/.+-]+\.rs\0/g;
/** Address and length of the path, line, column. */
const LOCATION_BYTES = 16;
const MAX_LINE = 100_000;

/** Ids of sections, and opcodes. */
const DATA = 11;
const I32_CONST = 0x41;

/** A part of the memory's first content. @typedef {{ address: number, bytes: Buffer }} Segment */

/**
 * Clears them in place. What is not entirely a location stays.
 * @param {Buffer} module
 * @returns {number} how many bytes were cleared
 */
export function clearLocations(module) {
  const segments = dataSegments(module);
  let cleared = 0;
  for (const { address, bytes } of segments) {
    for (const { index, 0: path } of bytes.toString('latin1').matchAll(PATH)) {
      for (const other of segments) {
        cleared += clearPointersTo(other.bytes, address + index, path.length - 1);
      }
      bytes.fill(0, index, index + path.length);
      cleared += path.length;
    }
  }
  return cleared;
}

/**
 * @param {Buffer} bytes
 * @param {number} address of the path
 * @param {number} length
 */
function clearPointersTo(bytes, address, length) {
  const pattern = Buffer.alloc(8);
  pattern.writeUInt32LE(address);
  pattern.writeUInt32LE(length, 4);
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
