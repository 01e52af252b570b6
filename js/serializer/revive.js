/**
 * Turns what JSON.parse made of a value into the value.
 *
 * The core (src/serializer/json.rs, src/serializer/pickle/to_json.rs) writes what JSON cannot say as a marker: an array whose
 * first item is U+0000 and a letter. `side` are bytes that the core keeps beside the text.
 *
 * | letter | then | value |
 * |---|---|---|
 * | b | start, length | the bytes at `side[start]`, as Uint8Array |
 * | t | start, length | the text at `side[start]`, in UTF-8 |
 * | i, j | digits, decimal or with 0x, 0o, 0b | bigint; j: negative |
 * | n | | NaN |
 * | f | high, low | the float of these 64 bits |
 * | d | milliseconds since 1970 | Date |
 * | m | key, value, … | Map |
 * | o | key, value, … | an object, where the order in which its parts are revived matters |
 * | s | item, … | Set |
 * | l | item, … | an Array that itself looks like a marker |
 * | r | value | the value, which comes again: the first is number 0, outer ones come before inner ones |
 * | u | number | that value once more |
 * @module
 */

/** Markers begin with this character. */
const MARK = '\0';
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * @param {any} parsed is changed, and may be part of the result
 * @param {Uint8Array} side
 * @returns {any}
 */
export function revive(parsed, side) {
  return reviveIn(parsed, side, []);
}

/**
 * @param {any} node
 * @param {Uint8Array} side
 * @param {unknown[]} shared
 * @returns {any}
 */
function reviveIn(node, side, shared) {
  if (typeof node !== 'object' || node === null) return node;
  if (!Array.isArray(node)) return reviveObject(node, side, shared);
  const [head] = node;
  if (typeof head === 'string' && head.startsWith(MARK)) {
    return reviveMarker(head, node, side, shared);
  }
  return reviveItems(node, 0, side, shared);
}

/**
 * @param {Record<string, any>} object
 * @param {Uint8Array} side
 * @param {unknown[]} shared
 */
function reviveObject(object, side, shared) {
  for (const key of Object.keys(object)) {
    const item = object[key];
    if (typeof item !== 'object' || item === null) continue;
    const value = reviveIn(item, side, shared);
    if (value === item) continue;
    assign(object, key, value);
  }
  return object;
}

/**
 * @param {Record<string, any>} object
 * @param {string} key
 * @param {unknown} value
 */
function assign(object, key, value) {
  if (key !== '__proto__') object[key] = value;
  // Assignment would call the setter of Object.prototype.
  else {
    Object.defineProperty(object, key, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
  }
}

/**
 * @param {any[]} items
 * @param {number} from
 * @param {Uint8Array} side
 * @param {unknown[]} shared
 */
function reviveItems(items, from, side, shared) {
  for (let index = from; index < items.length; index++) {
    const item = items[index];
    if (typeof item === 'object' && item !== null) items[index] = reviveIn(item, side, shared);
  }
  return items;
}

/**
 * @param {string} head
 * @param {any[]} marker
 * @param {Uint8Array} side
 * @param {unknown[]} shared
 */
function reviveMarker(head, marker, side, shared) {
  const [, first, second] = marker;
  switch (head[1]) {
    case 'b':
      return side.slice(first, first + second);
    case 't':
      return decoder.decode(side.subarray(first, first + second));
    case 'i':
      return BigInt(first);
    case 'j':
      return -BigInt(first);
    case 'n':
      return NaN;
    case 'f':
      return floatOf(first, second);
    case 'd':
      return new Date(first);
    case 'm':
      return mapOf(reviveItems(marker, 1, side, shared));
    case 'o':
      return objectOf(reviveItems(marker, 1, side, shared));
    case 's':
      return new Set(reviveItems(marker, 1, side, shared).slice(1));
    case 'l':
      return reviveItems(marker, 1, side, shared).slice(1);
    case 'r': {
      const number = shared.push(undefined) - 1;
      return (shared[number] = reviveIn(first, side, shared));
    }
    default:
      return shared[first];
  }
}

/** @param {any[]} marker */
function mapOf(marker) {
  const map = new Map();
  for (let index = 1; index < marker.length; index += 2) map.set(marker[index], marker[index + 1]);
  return map;
}

/** @param {any[]} marker */
function objectOf(marker) {
  const object = {};
  for (let index = 1; index < marker.length; index += 2) {
    assign(object, marker[index], marker[index + 1]);
  }
  return object;
}

const bits = new DataView(new ArrayBuffer(8));

/**
 * @param {number} high
 * @param {number} low
 */
function floatOf(high, low) {
  bits.setUint32(0, high);
  bits.setUint32(4, low);
  return bits.getFloat64(0);
}
