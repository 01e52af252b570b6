/**
 * A Redis client of a few lines, so that tests look at the server with other eyes than the package's.
 */
import net from 'node:net';

/**
 * Bulk strings come back as Buffers, simple strings as strings, integers as numbers; an error reply
 * rejects.
 *
 * @param {net.NetConnectOpts} address
 */
export async function createClient(address) {
  const socket = net.connect(address);
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  /** @type {{ resolve(value: any): void, reject(error: unknown): void }[]} */
  const waiting = [];
  let received = Buffer.alloc(0);

  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    for (let reply; waiting.length && (reply = parse(received, 0));) {
      received = received.subarray(reply.end);
      const { resolve, reject } = /** @type {any} */ (waiting.shift());
      if (reply.value instanceof Error) reject(reply.value);
      else resolve(reply.value);
    }
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    for (const { reject } of waiting) reject(new Error('the server closed the connection'));
  });

  return {
    /**
     * @param {...(string | number | Uint8Array)} args
     * @returns {Promise<any>}
     */
    send(...args) {
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        socket.write(encode(args));
      });
    },
    close: () => void socket.destroy(),
  };
}

/** @param {(string | number | Uint8Array)[]} args */
export function encode(args) {
  const parts = [Buffer.from(`*${args.length}\r\n`)];
  for (const arg of args) {
    const bytes = typeof arg === 'object' ? Buffer.from(arg) : Buffer.from(String(arg));
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'));
  }
  return Buffer.concat(parts);
}

/**
 * @param {Buffer} bytes
 * @param {number} start
 * @returns {{ value: any, end: number } | null} null when the reply is not complete
 */
export function parse(bytes, start) {
  const newline = bytes.indexOf('\r\n', start);
  if (newline < 0) return null;
  const line = bytes.toString('latin1', start + 1, newline);
  const end = newline + 2;
  switch (bytes.toString('latin1', start, start + 1)) {
    case '+':
      return { value: line, end };
    case '-':
      return { value: new Error(line), end };
    case ':':
      return { value: Number(line), end };
    case '$':
      return bulk(bytes, Number(line), end);
    case '*':
      return array(bytes, Number(line), end);
    default:
      throw new Error(`not RESP: ${bytes.toString('latin1', start, start + 20)}`);
  }
}

/**
 * @param {Buffer} bytes
 * @param {number} length
 * @param {number} start
 */
function bulk(bytes, length, start) {
  if (length < 0) return { value: null, end: start };
  const end = start + length + 2;
  return bytes.length < end ? null : { value: bytes.subarray(start, end - 2), end };
}

/**
 * @param {Buffer} bytes
 * @param {number} count
 * @param {number} start
 */
function array(bytes, count, start) {
  if (count < 0) return { value: null, end: start };
  const value = [];
  let end = start;
  for (let index = 0; index < count; index++) {
    const item = parse(bytes, end);
    if (!item) return null;
    value.push(item.value);
    end = item.end;
  }
  return { value, end };
}
