/**
 * What travels between a cache and its pool.
 * @module
 */

/** @import { Address } from '../transports/types.js' */

/**
 * @typedef {object} Target Which server, and who to be there. Connections are shared by equal targets.
 * @property {Address} address
 * @property {string} [username]
 * @property {string} [password]
 * @property {number} database
 * @property {string} name for CLIENT LIST
 * @property {number} connectTimeout milliseconds
 *
 * @typedef {{ code: string, words: string }} Refusal why there are no replies: a code of js/errors/from-core.js, and the runtime's words
 *
 * @typedef {Uint8Array | ReadableStream<Uint8Array>} Payload whole commands, or their replies
 *
 * @typedef {object} Pool What a cache calls.
 * @property {(target: Target, commands: Payload) => Promise<Payload | Refusal>} exchange
 */

/** A call between Workers takes 32 MiB at most; a stream has no such limit. */
const MOST_AT_ONCE = 16 << 20;

/**
 * @param {Uint8Array} bytes
 * @returns {Payload}
 */
export function pack(bytes) {
  if (bytes.length <= MOST_AT_ONCE) return bytes;
  return /** @type {ReadableStream<Uint8Array>} */ (new Response(/** @type {any} */ (bytes)).body);
}

/** @param {Payload} payload */
export async function unpack(payload) {
  if (payload instanceof Uint8Array) return payload;
  return new Uint8Array(await new Response(/** @type {any} */ (payload)).arrayBuffer());
}
