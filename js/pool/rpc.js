/**
 * The remote calls between a cache and its pool.
 * @module
 */

/** @import { Address } from '../transports/types.js' */

/**
 * @typedef {object} Target Which server, and as which user.
 * @property {Address} address
 * @property {string} [username]
 * @property {string} [password]
 * @property {number} database
 * @property {string} clientName for CLIENT LIST
 * @property {boolean} [preferReplica] whether the cache makes the connection one that reads from replicas
 * @property {number} connectTimeout milliseconds
 *
 * @typedef {{ code: string, text: string }} ExchangeError why there are no replies: a code of errors/from-core.js, and the
 *   runtime's own message
 *
 * @typedef {Uint8Array | ReadableStream<Uint8Array>} Payload whole commands, or their replies
 *
 * @typedef {object} Pool The methods of the Durable Object.
 * @property {(target: Target, commands: Payload) => Promise<Payload | ExchangeError>} exchange
 */

const isText = (/** @type {unknown} */ value) => typeof value === 'string';
const isTextIfAny = (/** @type {unknown} */ value) => value === undefined || isText(value);

/**
 * @param {any} target
 * @throws {Error} when it is no {@link Target}
 */
export function checkTarget(target) {
  const { address, username, password, database, clientName, connectTimeout } = target ?? {};
  const isValid =
    isText(address?.hostname) &&
    Number.isInteger(address.port) &&
    [username, password].every(isTextIfAny) &&
    Number.isInteger(database) &&
    isText(clientName) &&
    connectTimeout > 0;
  if (!isValid) throw new Error('it does not say which server is meant');
}

/**
 * What a server can tell its clients by. Those who are the same to it share a connection.
 *
 * @param {Target} target
 */
export function connectionKey({
  address,
  username,
  password,
  database,
  clientName,
  preferReplica,
}) {
  const { hostname, port, tls } = address;
  return JSON.stringify([
    hostname,
    port,
    tls,
    username,
    password,
    database,
    clientName,
    preferReplica,
  ]);
}

/** A call between Workers takes 32 MiB at most; a stream has no such limit. */
const MAX_MESSAGE_BYTES = 16 << 20;

/**
 * @param {Uint8Array} bytes
 * @returns {Payload}
 */
export function pack(bytes) {
  if (bytes.length <= MAX_MESSAGE_BYTES) return bytes;
  return /** @type {ReadableStream<Uint8Array>} */ (new Response(/** @type {any} */ (bytes)).body);
}

/** @param {Payload} payload */
export async function unpack(payload) {
  if (payload instanceof Uint8Array) return payload;
  return new Uint8Array(await new Response(/** @type {any} */ (payload)).arrayBuffer());
}
