/**
 * The contract of all transports: each opens one connection, moves bytes, and reports the end.
 *
 * @typedef {object} TlsOptions What a runtime's TLS may be told; PEM texts.
 * @property {string | Uint8Array | (string | Uint8Array)[]} [ca] authorities to trust
 * @property {string | Uint8Array} [cert] the client's certificate chain
 * @property {string | Uint8Array} [key] the client's private key
 * @property {string} [servername] the name to send (SNI) and to verify, instead of the host's
 *
 * @typedef {object} Address Where to connect.
 * @property {string} hostname a name or an IP address, without brackets
 * @property {number} port
 * @property {boolean | TlsOptions} tls
 * @property {string} [path] a Unix socket, in place of `hostname` and `port`
 * @property {'sentinel'} [role] what the server is, if it holds no data
 * @property {string} [label] what errors call a server whose address is not known here
 *
 * @typedef {object} Events What a connection reports to its owner.
 * @property {() => void} opened connected, TLS included; never after `closed`
 * @property {(chunk: Uint8Array) => void} received bytes, valid only during this call
 * @property {() => void} [progressed] bytes that were written have moved on: told at times while a large write takes long, so that
 *   its server is not taken for unresponsive
 * @property {(error: unknown) => void} closed the end, exactly once and the last event: null for the
 *   peer's orderly end of stream, otherwise the runtime's own error, untouched, or a `ConnectionError` for the caller
 *
 * @typedef {object} Connection
 * @property {(bytes: Uint8Array) => void} write sends `bytes` after all earlier ones and keeps the
 *   array until it has gone out: never hand over a view of memory that changes, unless it `copies`
 * @property {boolean} [copies] whether `write` keeps nothing of the array once it has returned
 * @property {() => void} close ends the connection at once; no event follows
 * @property {() => void} [ref] lets the connection keep the process alive (the default)
 * @property {() => void} [unref] lets the process end while the connection is open
 *
 * @typedef {(address: Address, events: Events) => Connection} Connector Opens a connection without
 *   waiting. It never throws: a failure arrives later as `closed(error)`.
 */

export {};
