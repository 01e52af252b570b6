/**
 * What the core and the transports say went wrong, as errors with advice.
 * @module
 */
import {
  AbortError,
  AuthenticationError,
  ConnectionError,
  ProtocolError,
  SerializationError,
  ServerError,
  TimeoutError,
  UnreadableError,
  UsageRangeError,
} from './errors.js';

/** @import { CacheError } from './errors.js' */
/** @import { Address } from './transports/types.js' */

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
        {
          cause,
        },
      );
    case 'TIMEOUT':
      return new TimeoutError(
        code,
        `no answer from ${server} within ${patience / 1000} s: raise operationTimeout, or see what keeps the server busy`,
      );
    case 'ABORTED':
      return new AbortError(code, 'the signal was aborted', { cause });
    case 'CLOSED':
      return new ConnectionError(code, 'the cache was closed: make a new one');
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
function where({ hostname, port, path }) {
  return path === undefined
    ? `redis at ${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`
    : `redis at ${path}`;
}

/** @param {Address} address */
function tlsAdvice({ tls }) {
  return tls
    ? 'that the port speaks TLS (redis:// is without)'
    : 'if the port speaks TLS, use rediss:// or tls: true';
}

/**
 * What the runtimes say when a connection cannot be made: Node's and Deno's codes, names and words, and workerd's words.
 * @type {[RegExp, string, string][]}
 */
const CAUSES = [
  [
    /ECONNREFUSED|ConnectionRefused|connection refused/i,
    'CONNECTION_REFUSED',
    'refused the connection: is the server running, and is the port right?',
  ],
  [
    /ENOTFOUND|EAI_|getaddrinfo|lookup address/i,
    'HOST_NOT_FOUND',
    'has a host name that cannot be resolved: check it',
  ],
  [
    /EHOSTUNREACH|ENETUNREACH|unreachable/i,
    'NETWORK_UNREACHABLE',
    'is not reachable from this network',
  ],
  [
    /EACCES|EPERM|NotCapable|PermissionDenied|requires net access/i,
    'PERMISSION_DENIED',
    'may not be connected to: with Deno, allow it by --allow-net',
  ],
  [/ENOENT/, 'SOCKET_NOT_FOUND', 'has no such Unix socket: check the path'],
  [
    /altname|not valid for name|NotValidForName|hostname mismatch/i,
    'TLS_WRONG_HOST',
    'shows a certificate for another host name: check the host, or set tls.servername',
  ],
  [
    /CERT_HAS_EXPIRED|certificate has expired|expired/i,
    'TLS_EXPIRED',
    'shows a certificate that has expired: renew it',
  ],
  [
    /SELF_SIGNED|UNABLE_TO_|UnknownIssuer|unknown ca|certificate|CERT_/i,
    'TLS_UNTRUSTED',
    'shows a certificate that is not trusted: give its authority as tls.ca',
  ],
  [
    /SSL|TLS|EPROTO|wrong version|handshake|InvalidContentType|corrupt message/i,
    'TLS_FAILED',
    'did not agree on TLS: does the port speak it?',
  ],
  [
    /global scope|Disallowed operation/i,
    'GLOBAL_SCOPE',
    'cannot be used here: a Worker allows no I/O outside of a handler, so call the cache inside fetch()',
  ],
  [
    /proxy request failed|cannot connect to the specified address/i,
    'CONNECTION_FAILED',
    'could not be connected to: check host and port, that the server runs, and its certificate. A deployed Worker reaches no private addresses',
  ],
];

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
 * Redis's error words and what to do about them. The first word of an error is its code:
 * https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors
 * @type {[RegExp, typeof CacheError, string, string][]}
 */
const REPLIES = [
  [
    /^WRONGPASS|^ERR invalid password/,
    AuthenticationError,
    'WRONGPASS',
    'the user name or password is wrong',
  ],
  [
    /^NOAUTH/,
    AuthenticationError,
    'NOAUTH',
    'the server wants a password: give one in the URL or as an option',
  ],
  [
    /^ERR.*AUTH.*without any password|^ERR Client sent AUTH/,
    AuthenticationError,
    'AUTH_UNWANTED',
    'the server has no password set: leave it out',
  ],
  [/^NOPERM/, AuthenticationError, 'NOPERM', 'the user may not do this: grant it by ACL SETUSER'],
  [
    /^ERR (DB index|invalid DB|SELECT is not)/,
    ServerError,
    'INVALID_DB',
    'the server has no such database: check db',
  ],
  [
    /^DENIED/,
    AuthenticationError,
    'DENIED',
    'the server runs in protected mode: set a password or bind an address',
  ],
  [
    /^ERR max number of clients/,
    ServerError,
    'MAX_CLIENTS',
    'the server has too many clients: raise maxclients',
  ],
  [/^READONLY/, ServerError, 'READONLY', 'this is a replica: connect to the primary'],
  [
    /^OOM/,
    ServerError,
    'OOM',
    'the server is out of memory: raise maxmemory or set an eviction policy',
  ],
  [
    /^MISCONF/,
    ServerError,
    'MISCONF',
    'the server cannot save to disk and refuses writes: see its log',
  ],
  [/^LOADING/, ServerError, 'LOADING', 'the server is still loading its data'],
  [/^BUSY/, ServerError, 'BUSY', 'a script keeps the server busy'],
  [
    /^(MOVED|ASK|CROSSSLOT|CLUSTERDOWN)/,
    ServerError,
    'CLUSTER',
    'this is a node of a cluster, which is not supported',
  ],
  [/^MASTERDOWN|^NOREPLICAS/, ServerError, 'REPLICATION', 'replication is broken: see the server'],
  [
    /^WRONGTYPE/,
    ServerError,
    'WRONGTYPE',
    'the key holds a list, hash, set or stream, not a string',
  ],
  [
    /^ERR value is not an integer/,
    ServerError,
    'NOT_AN_INTEGER',
    'inc and dec work on integers only: store one with set',
  ],
  [
    /^ERR increment or decrement would overflow/,
    ServerError,
    'OVERFLOW',
    'the counter would leave the 64-bit range',
  ],
  [
    /^ERR unknown command/,
    ServerError,
    'UNKNOWN_COMMAND',
    'the server does not know the command, or has it renamed',
  ],
];

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
