/**
 * What the core and the transports say went wrong, as errors with advice.
 * @module
 */
import { CAUSES, REPLIES } from './advice.js';
import {
  AbortError,
  ConnectionError,
  ProtocolError,
  SerializationError,
  ServerError,
  TimeoutError,
  UnreadableError,
  UsageRangeError,
} from './classes.js';

/** @import { CacheError } from './classes.js' */
/** @import { Address } from '../transports/types.js' */

/**
 * Codes of this package's own errors that always reject: the caller did something wrong, or wanted it so.
 */
const MISUSE = new Set(['UNSERIALIZABLE', 'INVALID_TIMEOUT', 'TOO_LARGE', 'ABORTED']);

/** @param {{ code: string }} error */
export function isMisuse(error) {
  return MISUSE.has(error.code);
}

/**
 * @typedef {object} Circumstances
 * @property {Address} address
 * @property {number} patience milliseconds
 * @property {unknown} cause what the transport or the signal said
 */

/**
 * The error that stands for a failure of the core (`code` in src/wasm/report.rs).
 *
 * @param {string} code
 * @param {string} words the server's own, or the reason
 * @param {Circumstances} circumstances
 * @returns {CacheError}
 */
export function toError(code, words, { address, patience, cause }) {
  const server = where(address);
  switch (code) {
    case 'UNREACHABLE':
      return unreachable(cause, address);
    case 'CONNECT_TIMEOUT':
      return new TimeoutError(
        code,
        `${server} did not answer in time: check host and port, that nothing in between drops packets, and ${tlsAdvice(address)}`,
      );
    case 'CONNECTION_LOST':
      return new ConnectionError(
        code,
        `the connection to ${server} was lost before the reply came; ${tlsAdvice(address)}`,
        { cause },
      );
    case 'TIMEOUT':
      return new TimeoutError(
        code,
        `no answer from ${server} within ${patience / 1000} s: raise operationTimeout, or see what keeps the server busy`,
      );
    case 'ABORTED':
      return new AbortError(code, 'the signal was aborted', { cause });
    case 'PROTOCOL':
      return new ProtocolError(
        code,
        `${server} does not speak like a Redis (${words}): check host and port, and ${tlsAdvice(address)}`,
      );
    case 'HANDSHAKE':
    case 'SERVER':
      return serverError(words, server);
    case 'UNREADABLE_CLASS':
      return new UnreadableError(
        `the stored value holds an object of the Python class ${words}, which has no form in JavaScript`,
        {
          className: words,
        },
      );
    case 'UNREADABLE':
      return new UnreadableError(`the stored value cannot be read: ${words}`);
    case 'INVALID_TIMEOUT':
      return /** @type {any} */ (
        new UsageRangeError(
          code,
          'a timeout is a number of seconds from 0 on; 0, -1 and Infinity mean never',
        )
      );
    case 'TOO_LARGE':
      return /** @type {any} */ (
        new UsageRangeError(code, 'Redis stores keys and values of at most 512 MB')
      );
    default:
      return new SerializationError(`the value cannot be stored: ${words}`);
  }
}

/** @param {Address} address */
function where({ hostname, port, path, label }) {
  if (label !== undefined) return label;
  return path === undefined
    ? `redis at ${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`
    : `redis at ${path}`;
}

/** @param {Address} address */
function tlsAdvice({ tls, label }) {
  if (label !== undefined) return 'see whether it is connected';
  return tls
    ? 'that the port speaks TLS (redis:// is without)'
    : 'if the port speaks TLS, use rediss:// or tls: true';
}

/**
 * @param {unknown} cause
 * @param {Address} address
 */
function unreachable(cause, address) {
  const { code, name, message, errors } = /** @type {any} */ (cause ?? {});
  const said = [
    code,
    name,
    message,
    ...(errors ?? []).map((/** @type {any} */ each) => each?.code),
  ].join(' ');
  const known = CAUSES.find(([pattern]) => pattern.test(said));
  const server = where(address);
  if (known) return new ConnectionError(known[1], `${server} ${known[2]}`, { cause });
  return new ConnectionError(
    'CONNECTION_FAILED',
    `${server} closed the connection or could not be reached; ${tlsAdvice(address)}`,
    {
      cause,
    },
  );
}

/**
 * @param {string} words
 * @param {string} server
 */
function serverError(words, server) {
  for (const [pattern, type, code, advice] of REPLIES) {
    if (pattern.test(words)) return new type(code, `${server}: ${advice}`);
  }
  // The server's free text could echo a key or a value: only its first word is a code.
  const code = /^[A-Z]{2,32}\b/.exec(words)?.[0] ?? 'ERR';
  return new ServerError(
    code === 'ERR' ? 'SERVER_ERROR' : code,
    `${server} answered with an error of the kind ${code}`,
  );
}
