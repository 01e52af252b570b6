/**
 * A connection under test: records its events and lets a case wait for bytes or for the end.
 */
import { equal, ok } from '../support/assert.js';

/** @typedef {import('../../js/transports/types.js').Connector} Connector */

/**
 * @param {Connector} connect
 * @param {Partial<import('../../js/transports/types.js').Address>} address
 * @param {{ wait?: boolean, on?: Partial<Record<'opened' | 'received' | 'closed', (connection: any) => void>> }} [options]
 *   whether to wait until the connection is open; what to do inside of events
 */
export async function open(
  connect,
  { hostname = '', port = 0, tls = false, path },
  { wait = true, on = {} } = {},
) {
  /** @type {string[]} */
  const events = [];
  /** @type {Uint8Array[]} */
  const chunks = [];
  let wake = () => {};
  /** @type {(error: unknown) => void} */
  let end = () => {};
  const closed = new Promise((resolve) => (end = resolve));
  const { promise: opened, resolve: isOpen } = deferred();

  const connection = connect(
    path === undefined ? { hostname, port, tls } : { hostname, port, tls, path },
    {
      opened() {
        events.push('opened');
        on.opened?.(connection);
        isOpen();
      },
      received(chunk) {
        chunks.push(chunk.slice());
        on.received?.(connection);
        wake();
      },
      closed(error) {
        events.push('closed');
        on.closed?.(connection);
        end(error);
      },
    },
  );
  equal(events, [], 'an event came before connect() had returned');

  const failed = closed.then((error) => {
    throw new Error('the connection has closed', { cause: error });
  });
  failed.catch(() => {});
  if (wait) await Promise.race([opened, failed]);

  const bytes = async (/** @type {number} */ length) => {
    while (total(chunks) < length) {
      await Promise.race([failed, new Promise((resolve) => (wake = () => resolve(undefined)))]);
    }
    const all = join(chunks);
    chunks.splice(0, Infinity, all.slice(length));
    return all.slice(0, length);
  };
  return {
    connection,
    events,
    closed,
    bytes,
    text: async (/** @type {number} */ length) => new TextDecoder().decode(await bytes(length)),
    write: (/** @type {Uint8Array} */ data) => connection.write(data),
    close: () => connection.close(),
  };
}

/**
 * Expects that no connection comes about: one `closed`, with an error, and nothing else.
 *
 * @param {Connector} connect
 * @param {Partial<import('../../js/transports/types.js').Address>} address
 * @returns {Promise<any>} the error
 */
export async function refuses(connect, address) {
  const { closed, events } = await open(connect, address, { wait: false });
  const error = await closed;
  equal(events, ['closed']);
  ok(error !== null && error !== undefined, 'an error is handed over');
  return error;
}

/** @param {string} text */
export function ascii(text) {
  return new TextEncoder().encode(text);
}

/** @param {Uint8Array[]} chunks */
function total(chunks) {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

/** @param {Uint8Array[]} chunks */
function join(chunks) {
  const all = new Uint8Array(total(chunks));
  let position = 0;
  for (const chunk of chunks) {
    all.set(chunk, position);
    position += chunk.length;
  }
  return all;
}

function deferred() {
  /** @type {(value?: any) => void} */
  let resolve = () => {};
  const promise = new Promise((settle) => (resolve = settle));
  return { promise, resolve };
}
