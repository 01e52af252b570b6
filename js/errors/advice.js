/**
 * The error messages of runtimes and servers: the code that each gets here, and what to do about it.
 * @module
 */
/** @typedef {[message: RegExp, code: string, advice: string]} Cause Why a connection cannot be made. The advice follows the server's address. */

/**
 * The codes, names and messages of Node, Deno and Bun.
 * @type {Cause[]}
 */
// prettier-ignore
export const SOCKET_CAUSES = [
  [/ECONNREFUSED|ConnectionRefused|connection refused/i, 'CONNECTION_REFUSED', 'refused the connection: is the server running, and is the port right?'],
  [/ENOTFOUND|EAI_|getaddrinfo|lookup address/i, 'HOST_NOT_FOUND', 'has a host name that cannot be resolved: check it'],
  [/EHOSTUNREACH|ENETUNREACH|unreachable/i, 'NETWORK_UNREACHABLE', 'is not reachable from this network'],
  [/EACCES|EPERM|ERR_ACCESS_DENIED|NotCapable|PermissionDenied|requires net access/i, 'PERMISSION_DENIED', 'may not be connected to: with Deno, or Node and --permission, allow it by --allow-net; in Deno a Unix socket by --allow-read and --allow-write'],
  [/ENOENT/, 'SOCKET_NOT_FOUND', 'has no such Unix socket: check the path'],
  [/CaUsedAsEndEntity/, 'TLS_UNTRUSTED', 'shows a certificate that is its own authority, which Deno never trusts: give it one that an authority has signed, and that authority as tls.ca'],
  [/UnsupportedCertVersion/, 'TLS_UNTRUSTED', 'shows a certificate of X.509 version 1, which Deno never trusts: make one of version 3'],
  [/altname|not valid for name|NotValidForName|hostname mismatch/i, 'TLS_WRONG_HOST', 'shows a certificate for another host name: check the host, or set tls.servername'],
  [/CERT_HAS_EXPIRED|certificate has expired|expired/i, 'TLS_EXPIRED', 'shows a certificate that has expired: renew it'],
  [/SELF_SIGNED|UNABLE_TO_|UnknownIssuer|unknown ca|certificate|CERT_/i, 'TLS_UNTRUSTED', 'shows a certificate that is not trusted: give its authority as tls.ca'],
  [/ECONNRESET|ConnectionReset|reset by peer|UnexpectedEof|before secure TLS/i, 'CONNECTION_FAILED', 'closed the connection before it stood: is the server up, or only a proxy before it, and does the port speak what was asked, with or without TLS?'],
  [/SSL|TLS|EPROTO|wrong version|handshake|InvalidContentType|corrupt message/i, 'TLS_FAILED', 'did not agree on TLS: does the port speak it?'],
];

/**
 * The messages of workerd, which tells little.
 * @type {Cause[]}
 */
// prettier-ignore
export const WORKERD_CAUSES = [
  [/global scope|Disallowed operation/i, 'GLOBAL_SCOPE', 'cannot be used here: a Worker has no I/O outside of a handler. Call the cache inside fetch()'],
  [/proxy request failed|cannot connect to the specified address/i, 'CONNECTION_FAILED', 'could not be connected to: check host and port, that the server runs, and its certificate. A deployed Worker reaches no private addresses'],
];

/**
 * What a server's error reply means and what to do, by the code that the core gives it (src/client/error_code.rs). The advice follows the
 * server's address.
 * @type {Record<string, string>}
 */
// prettier-ignore
export const REPLIES = {
  WRONGPASS: 'wrong user name or password',
  NOAUTH: 'it wants a password: give one in the URL or as an option',
  AUTH_UNWANTED: 'it has no password set: leave it out',
  NOPERM: 'the user may not do this: grant it by ACL SETUSER',
  INVALID_DB: 'it has no such database: check db. A cluster has only 0',
  DENIED: 'it runs in protected mode: set a password or bind an address',
  MAX_CLIENTS: 'it has too many clients: raise maxclients',
  READONLY: 'it is a replica: connect to the primary',
  OOM: 'it is out of memory: raise maxmemory or set an eviction policy',
  MISCONF: 'it cannot save to disk and refuses writes: see its log',
  LOADING: 'it is still loading its data',
  BUSY: 'a script keeps it busy',
  CLUSTER: 'it is a node of a cluster: say redis+cluster:// or cluster: true',
  SLOT_DOWN: "the cluster does not serve the key's hash slot: see CLUSTER INFO",
  CROSS_SLOT: 'the key and its tags have several hash slots: give them one hash tag',
  REDIRECTED: 'it redirects to a node that does not work, or that redirects back: see CLUSTER NODES, and whether nodeAddressMap is right',
  INCOMPLETE_TOPOLOGY: 'not all hash slots are known: grant +cluster|slots by ACL SETUSER, and see CLUSTER INFO',
  UNKNOWN_MASTER: 'it knows no primary of this name: check sentinel.name',
  REPLICATION: 'its replication is broken',
  WRONGTYPE: 'the key holds a list, hash, set or stream, not a string',
  NOT_AN_INTEGER: 'inc and dec work on integers only: store one with set',
  OVERFLOW: 'the counter would leave the 64-bit range',
  ROUNDED: 'it rounds integers beyond 2^53. The counter has changed; stringNumbers makes ioredis and iovalkey exact',
  UNSUPPORTED: "it decodes this command's reply as text: use another client, or none",
  UNKNOWN_COMMAND: 'it does not know the command, or has it renamed. If it is a Sentinel, say redis+sentinel://host/name',
  NO_CLUSTER: 'it is no node of a cluster: say redis://, and leave cluster: true out',
  NO_SENTINEL: 'it is no Sentinel: give the addresses of Sentinels, or say redis:// for the server itself',
  SERVER_ERROR: 'an error of the kind ERR',
};

/** The codes of those that are about the user. */
export const AUTHENTICATION = ['WRONGPASS', 'NOAUTH', 'AUTH_UNWANTED', 'NOPERM', 'DENIED'];
