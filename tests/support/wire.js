/**
 * What travels between the fixtures (a Node process) and the runtime under test: JSON with bytes.
 */

/** @param {unknown} value */
export function toWire(value) {
  return JSON.stringify(value, function (key, item) {
    const original = this[key]; // before the toJSON() that a Buffer has
    return ArrayBuffer.isView(original)
      ? { $bytes: base64(/** @type {Uint8Array} */ (original)) }
      : item;
  });
}

/** @param {string} text */
export function fromWire(text) {
  return JSON.parse(text, (_, item) =>
    typeof item?.$bytes === 'string'
      ? Uint8Array.from(atob(item.$bytes), (c) => c.charCodeAt(0))
      : item,
  );
}

/** @param {Uint8Array} bytes */
function base64(bytes) {
  let text = '';
  for (let start = 0; start < bytes.length; start += 8192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return btoa(text);
}
