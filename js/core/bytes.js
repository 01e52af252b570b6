/**
 * Byte arrays, of any realm: a value of another realm (an iframe, jsdom, Jest's vm) is no instance of the classes here.
 * @module
 */

/** Reads text whose first character may be U+FEFF, as that of any key and any value. */
export const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Bytes as a Uint8Array that shares their memory.
 *
 * @param {unknown} value
 * @returns {Uint8Array<ArrayBuffer> | null} null when it is neither a view nor a buffer
 */
export function asBytes(value) {
  if (ArrayBuffer.isView(value)) {
    if (value instanceof Uint8Array) return /** @type {Uint8Array<ArrayBuffer>} */ (value);
    const { buffer, byteOffset, byteLength } = value;
    return new Uint8Array(/** @type {ArrayBuffer} */ (buffer), byteOffset, byteLength);
  }
  if (!/^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(value))) return null;
  const bytes = new Uint8Array(/** @type {ArrayBuffer} */ (value));
  // A Proxy of a buffer gives an array of another one.
  return bytes.buffer === value ? bytes : null;
}

/** @param {Uint8Array[]} parts */
export function concatenate(parts) {
  if (parts.length === 1) return /** @type {Uint8Array} */ (parts[0]);
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
