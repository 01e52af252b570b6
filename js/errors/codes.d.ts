/**
 * The codes of errors. docs/errors.md says what each means and what to do.
 * @module
 */

/** The code of a `ConnectionError`: the server cannot be reached, or the connection was lost. */
export type ConnectionErrorCode =
  | 'CONNECTION_REFUSED'
  | 'HOST_NOT_FOUND'
  | 'NETWORK_UNREACHABLE'
  | 'CONNECTION_FAILED'
  | 'CONNECTION_LOST'
  | 'QUEUE_FULL'
  | 'PERMISSION_DENIED'
  | 'SOCKET_NOT_FOUND'
  | 'TLS_WRONG_HOST'
  | 'TLS_UNTRUSTED'
  | 'TLS_EXPIRED'
  | 'TLS_FAILED'
  | 'GLOBAL_SCOPE'
  | 'UNSUPPORTED'
  | 'INVALID_CONNECTOR'
  | 'INVALID_ADDRESS'
  | 'POOL_MISSING'
  | 'POOL_CLASS'
  | 'POOL_STUB'
  | 'POOL_FAILED'
  | 'POOL_REFUSED'
  | 'POOL_NODES';

/** The code of an `AuthenticationError` or a `ServerError`: the server answered with an error. */
export type ServerErrorCode =
  | 'WRONGPASS'
  | 'NOAUTH'
  | 'NOPERM'
  | 'AUTH_UNWANTED'
  | 'DENIED'
  | 'READONLY'
  | 'OOM'
  | 'WRONGTYPE'
  | 'NOT_AN_INTEGER'
  | 'OVERFLOW'
  | 'LOADING'
  | 'MISCONF'
  | 'MAX_CLIENTS'
  | 'INVALID_DB'
  | 'CLUSTER'
  | 'INCOMPLETE_TOPOLOGY'
  | 'UNKNOWN_MASTER'
  | 'BUSY'
  | 'REPLICATION'
  | 'UNKNOWN_COMMAND'
  | 'ROUNDED'
  | 'UNFENCED'
  | 'UNTRACKED'
  | 'UNSUPPORTED'
  | 'SERVER_ERROR';

/** The code of an error of misuse, which always throws or rejects. */
export type UsageErrorCode =
  | 'INVALID_KEY'
  | 'INVALID_TIMEOUT'
  | 'INVALID_DELTA'
  | 'INVALID_MAPPING'
  | 'INVALID_SERIALIZER'
  | 'INVALID_FACTORY'
  | 'RECURSIVE_FACTORY'
  | 'INVALID_OPTION'
  | 'INVALID_URL'
  | 'INVALID_CLIENT'
  | 'WRONG_CONTEXT'
  | 'NO_CONNECTOR'
  | 'NO_MODULE'
  | 'TOO_LARGE';

/** The codes that are documented. */
export type KnownErrorCode =
  | ConnectionErrorCode
  | ServerErrorCode
  | UsageErrorCode
  | 'CONNECT_TIMEOUT'
  | 'TIMEOUT'
  | 'FACTORY_TIMEOUT'
  | 'ABORTED'
  | 'PROTOCOL'
  | 'UNSERIALIZABLE'
  | 'UNREADABLE'
  | 'CORE_UNAVAILABLE'
  | 'CORE_FAILED'
  | 'OUT_OF_MEMORY';

/** A documented code, or the first word of a server's error that has none. */
export type ErrorCode = KnownErrorCode | (string & {});
