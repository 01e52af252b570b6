/**
 * The error messages of runtimes and servers: the code that each gets here, and what to do about it.
 * @module
 */
import { AuthenticationError, ServerError } from './classes.js';

/**
 * Why a connection cannot be made: the codes, names and messages of Node, Deno, Bun and workerd. The advice follows the server's
 * address.
 * @type {[message: RegExp, code: string, advice: string][]}
 */
// prettier-ignore
export const CAUSES = [
  [/ECONNREFUSED|ConnectionRefused|connection refused/i, 'CONNECTION_REFUSED', 'refused the connection: is the server running, and is the port right?'],
  [/ENOTFOUND|EAI_|getaddrinfo|lookup address/i, 'HOST_NOT_FOUND', 'has a host name that cannot be resolved: check it'],
  [/EHOSTUNREACH|ENETUNREACH|unreachable/i, 'NETWORK_UNREACHABLE', 'is not reachable from this network'],
  [/EACCES|EPERM|NotCapable|PermissionDenied|requires net access/i, 'PERMISSION_DENIED', 'may not be connected to: with Deno, allow it by --allow-net, a Unix socket by --allow-read and --allow-write'],
  [/ENOENT/, 'SOCKET_NOT_FOUND', 'has no such Unix socket: check the path'],
  [/altname|not valid for name|NotValidForName|hostname mismatch/i, 'TLS_WRONG_HOST', 'shows a certificate for another host name: check the host, or set tls.servername'],
  [/CERT_HAS_EXPIRED|certificate has expired|expired/i, 'TLS_EXPIRED', 'shows a certificate that has expired: renew it'],
  [/SELF_SIGNED|UNABLE_TO_|UnknownIssuer|unknown ca|certificate|CERT_/i, 'TLS_UNTRUSTED', 'shows a certificate that is not trusted: give its authority as tls.ca'],
  [/SSL|TLS|EPROTO|wrong version|handshake|InvalidContentType|corrupt message/i, 'TLS_FAILED', 'did not agree on TLS: does the port speak it?'],
  [/global scope|Disallowed operation/i, 'GLOBAL_SCOPE', 'cannot be used here: a Worker allows no I/O outside of a handler, so call the cache inside fetch()'],
  [/proxy request failed|cannot connect to the specified address/i, 'CONNECTION_FAILED', 'could not be connected to: check host and port, that the server runs, and its certificate. A deployed Worker reaches no private addresses'],
];

/**
 * Redis's error replies, whose first word is a kind:
 * https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors
 * @type {[reply: RegExp, type: typeof ServerError, code: string, advice: string][]}
 */
// prettier-ignore
export const REPLIES = [
  [/^WRONGPASS|^ERR invalid password/, AuthenticationError, 'WRONGPASS', 'the user name or password is wrong'],
  [/^NOAUTH/, AuthenticationError, 'NOAUTH', 'the server wants a password: give one in the URL or as an option'],
  [/^ERR.*AUTH.*without any password|^ERR Client sent AUTH/, AuthenticationError, 'AUTH_UNWANTED', 'the server has no password set: leave it out'],
  [/^NOPERM/, AuthenticationError, 'NOPERM', 'the user may not do this: grant it by ACL SETUSER'],
  [/^ERR (DB index|invalid DB|SELECT is not)/, ServerError, 'INVALID_DB', 'the server has no such database: check db'],
  [/^DENIED/, AuthenticationError, 'DENIED', 'the server runs in protected mode: set a password or bind an address'],
  [/^ERR max number of clients/, ServerError, 'MAX_CLIENTS', 'the server has too many clients: raise maxclients'],
  [/^READONLY/, ServerError, 'READONLY', 'this is a replica: connect to the primary'],
  [/^OOM/, ServerError, 'OOM', 'the server is out of memory: raise maxmemory or set an eviction policy'],
  [/^MISCONF/, ServerError, 'MISCONF', 'the server cannot save to disk and refuses writes: see its log'],
  [/^LOADING/, ServerError, 'LOADING', 'the server is still loading its data'],
  [/^BUSY/, ServerError, 'BUSY', 'a script keeps the server busy'],
  [/^(MOVED|ASK|CROSSSLOT|CLUSTERDOWN)/, ServerError, 'CLUSTER', 'this is a node of a cluster, which is not supported'],
  [/^MASTERDOWN|^NOREPLICAS/, ServerError, 'REPLICATION', 'replication is broken: see the server'],
  [/^WRONGTYPE/, ServerError, 'WRONGTYPE', 'the key holds a list, hash, set or stream, not a string'],
  [/^ERR value is not an integer/, ServerError, 'NOT_AN_INTEGER', 'inc and dec work on integers only: store one with set'],
  [/^ERR increment or decrement would overflow/, ServerError, 'OVERFLOW', 'the counter would leave the 64-bit range'],
  [/^ROUNDED/, ServerError, 'ROUNDED', 'it rounds integers beyond 2^53. The counter has changed; stringNumbers makes ioredis and iovalkey exact'],
  [/^ERR unknown command/, ServerError, 'UNKNOWN_COMMAND', 'the server does not know the command, or has it renamed'],
];
