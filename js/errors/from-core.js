/**
 * Makes the errors of failures that the core and the transports report, with advice.
 * @module
 */
import { AUTHENTICATION, REPLIES } from './advice.js';
import {
  AbortError,
  AuthenticationError,
  ConnectionError,
  CoreError,
  ProtocolError,
  SerializationError,
  ServerError,
  TimeoutError,
  unlistedClass,
  UnreadableError,
  UsageRangeError,
  UsageTypeError,
} from './classes.js';

/** @import { CacheError } from './classes.js' */
/** @import { Address } from '../transports/types.js' */
/** @import { Cause } from './advice.js' */

/** Errors that always reject: the caller made a mistake, or asked for it. */
const MISUSE = [UsageTypeError, UsageRangeError, SerializationError, AbortError];

/** @param {unknown} error */
export function isMisuse(error) {
  return MISUSE.some((type) => error instanceof type);
}

/** The error of a number that is no timeout. */
export function invalidTimeout() {
  return new UsageRangeError(
    'INVALID_TIMEOUT',
    'a timeout is a number of seconds from 0 to 9007199254740; 0, -1 and Infinity mean never',
  );
}

/** @param {{ reason: unknown }} signal that was aborted */
export function aborted({ reason }) {
  return new AbortError('ABORTED', 'the signal was aborted', { cause: reason });
}

/** The error of a call for which the core gets no memory. */
export function outOfMemory() {
  return new CoreError(
    'OUT_OF_MEMORY',
    'the runtime gives the WebAssembly core no more memory: store or read less at once',
  );
}

/**
 * @typedef {object} ErrorContext
 * @property {Address} address
 * @property {number} [mode] as of `CoreOptions`
 * @property {number} timeoutMs the call's
 * @property {unknown} cause what the transport or the signal reported
 * @property {Cause[]} [causes] what the runtime says when there is no connection
 * @property {number} [failedAgo] milliseconds; given where the server was not tried, since it was found not to work
 * @property {number} [retryIn] milliseconds
 */

/**
 * The error of a failure that the core reports.
 *
 * @param {string} code as in src/wasm/report.rs
 * @param {string} text the server's error message, or the reason
 * @param {ErrorContext} context
 * @returns {CacheError}
 */
export function errorFromCore(code, text, context) {
  const error = makeError(code, text, context);
  if (context.retryIn !== undefined) error.retryInMs = context.retryIn;
  return error;
}

/**
 * @param {string} code
 * @param {string} text
 * @param {ErrorContext} context
 * @returns {CacheError}
 */
function makeError(code, text, context) {
  const { address, mode, timeoutMs, cause, causes = [], failedAgo, retryIn } = context;
  const state =
    retryIn === undefined ? '' : ` (tried ${failedAgo} ms ago, and again in ${retryIn} ms)`;
  const server = describe(address) + state;
  switch (code) {
    case 'UNREACHABLE':
      return unreachable(cause, causes, server, tlsAdvice(address));
    case 'CONNECT_TIMEOUT':
      return new TimeoutError(
        code,
        `no connection to ${server} stood in time: check host and port, that nothing in between drops packets, and ${tlsAdvice(address)}`,
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
        `no answer from ${server} within ${timeoutMs / 1000} s: raise operationTimeout, or see what keeps the server busy`,
      );
    case 'QUEUE_FULL':
      return new ConnectionError(
        code,
        `too many bytes of calls wait for ${server}: make fewer at once, see why it does not answer, or raise maxQueuedBytes`,
        { cause },
      );
    case 'ABORTED':
      return aborted({ reason: cause });
    case 'PROTOCOL':
      return new ProtocolError(
        code,
        `${server} does not speak like a Redis (${text}): check host and port, and ${tlsAdvice(address)}`,
      );
    case 'UNREADABLE_CLASS':
      return unlistedClass(text);
    case 'UNREADABLE':
      return new UnreadableError(`the stored value cannot be read: ${text}`);
    case 'INVALID_TIMEOUT':
      return /** @type {any} */ (invalidTimeout());
    case 'TOO_LARGE':
      return /** @type {any} */ (
        new UsageRangeError(code, 'Redis stores keys and values of at most 512 MB')
      );
    case 'OUT_OF_MEMORY':
      return outOfMemory();
    case 'UNSERIALIZABLE':
      return new SerializationError(`the value cannot be stored: ${text}`);
    default:
      return serverError(code, adviceFor(code, text, mode, address), server, address);
  }
}

/** @param {Address} address */
function describe({ hostname, port, path, role, label }) {
  if (label !== undefined) return label;
  const what = role ?? 'redis';
  return path === undefined
    ? `${what} at ${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`
    : `${what} at ${path}`;
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
 * @param {Cause[]} causes
 * @param {string} server
 * @param {string} advice
 */
function unreachable(cause, causes, server, advice) {
  const { code, name, message, errors } = /** @type {any} */ (cause ?? {});
  const said = [
    code,
    name,
    message,
    ...(errors ?? []).map((/** @type {any} */ each) => each?.code),
  ].join(' ');
  const known = causes.find(([pattern]) => pattern.test(said));
  if (known) return new ConnectionError(known[1], `${server} ${known[2]}`, { cause });
  return new ConnectionError(
    'CONNECTION_FAILED',
    `${server} closed the connection or could not be reached; ${advice}`,
    { cause },
  );
}

/**
 * The server's error message is left out: it could quote a key or a value.
 *
 * @param {string} code
 * @param {string} reply the key of its advice
 * @param {string} server
 * @param {Address} address
 */
function serverError(code, reply, server, { role }) {
  const advice = REPLIES[reply] ?? `an error of the kind ${code}`;
  if (!AUTHENTICATION.includes(code)) return new ServerError(code, `${server}: ${advice}`);
  // Sentinels have users of their own.
  const own = role === undefined ? '' : ` (option '${role}')`;
  return new AuthenticationError(code, `${server}: ${advice}${own}`);
}

/**
 * The key of the advice: to a client of a cluster, redirections mean another thing than to that of one server.
 *
 * @param {string} code
 * @param {string} text
 * @param {number | undefined} mode
 * @param {Address} address
 */
function adviceFor(code, text, mode, { role }) {
  if (code === 'UNKNOWN_COMMAND' && role === 'sentinel') return 'NO_SENTINEL';
  if (/cluster support disabled/.test(text)) return 'NO_CLUSTER';
  if (code !== 'CLUSTER' || mode !== 1) return code;
  if (text.startsWith('CROSSSLOT')) return 'CROSS_SLOT';
  return /^(MOVED|ASK) /.test(text) ? 'REDIRECTED' : 'SLOT_DOWN';
}
