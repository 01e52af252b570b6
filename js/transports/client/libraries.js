/**
 * The known Redis clients: how each sends commands, and gives replies in the form in which they came.
 * @module
 */
import { UsageTypeError } from '../../errors/classes.js';
import { BULK, INTEGER, STATUS } from './resp.js';

/** @typedef {[name: string, ...args: Uint8Array[]]} Command `Buffer`s where the runtime has them */

/**
 * @typedef {Uint8Array | string | number | bigint | null | ClientReply[]} ClientReply a bulk string as bytes, a status as
 *   text, an integer as number, bigint or digits, null, an array
 */

/**
 * A client of the user's own: a single method, which sends one command in binary form.
 *
 * @typedef {object} CommandSender
 * @property {(command: Command) => Promise<ClientReply>} sendCommand commands reach the server in the order of the calls.
 *   Rejects with an `Error` whose message is the server's error reply (`WRONGTYPE Operation against…`); every other
 *   rejection means that the connection is lost
 */

/** @typedef {(commands: Command[]) => Promise<ClientReply>[]} Send Sends the commands of one tick. */

/** node-redis takes bytes, and gives them, as `Buffer`s. */
const { Buffer } = /** @type {any} */ (globalThis);

/**
 * How to send commands by a client and get replies as bytes.
 *
 * @param {any} client
 * @returns {Send}
 */
export function sender(client) {
  const has = (/** @type {string} */ method) => typeof client[method] === 'function';
  if (client.isCluster || Array.isArray(client.masters)) {
    throw unusable('a client of a cluster is not supported');
  }
  if (client.options?.keyPrefix) {
    throw unusable(
      "a client with a keyPrefix of its own cannot be cleared: use the cache's option",
    );
  }
  if (has('callBuffer') && has('pipeline')) return (batch) => sendWithIoredis(client, batch);
  if (has('sendCommand') && has('withTypeMapping')) {
    const typeMapping = { [BULK]: Buffer, [STATUS]: String, [INTEGER]: String };
    return each((command) => client.sendCommand(command, { typeMapping }));
  }
  if (has('sendCommand') && typeof client.isOpen === 'boolean') {
    throw unusable('node-redis is supported from version 5 on');
  }
  if (has('sendCommand')) return each((command) => client.sendCommand(command));
  if (has('send') && has('getBuffer')) return each((command) => sendWithBun(client, command));
  throw unusable(
    'an object as host is a client of ioredis, iovalkey, node-redis or Bun, or { sendCommand([name, ...bytes]) }',
  );
}

/**
 * @param {CommandSender['sendCommand']} sendOne
 * @returns {Send}
 */
function each(sendOne) {
  return (batch) => batch.map(async (command) => sendOne(command));
}

/**
 * ioredis and iovalkey write each command by itself, unless it is in a pipeline.
 *
 * @param {any} client
 * @param {Command[]} batch
 */
function sendWithIoredis(client, batch) {
  const pipeline = client.pipeline();
  const replies = batch.map(
    (command) =>
      new Promise((resolve, reject) =>
        pipeline.callBuffer(
          ...command,
          (/** @type {unknown} */ error, /** @type {ClientReply} */ reply) =>
            error ? reject(error) : resolve(reply),
        ),
      ),
  );
  // A failure of the pipeline is one of its commands, too.
  pipeline.exec().catch(() => {});
  return replies;
}

/**
 * Bun decodes all replies as UTF-8 but those of `getBuffer`.
 *
 * @param {any} client
 * @param {Command} command
 */
async function sendWithBun(client, [name, ...args]) {
  if (name === 'GET') return client.getBuffer(args[0]);
  if (name !== 'MGET') return client.send(name, args);
  const otherType = (/** @type {Error} */ error) => {
    if (!error.message.startsWith('WRONGTYPE')) throw error;
    return null;
  };
  return Promise.all(args.map((key) => client.getBuffer(key).catch(otherType)));
}

/** @param {string} why */
function unusable(why) {
  return new UsageTypeError('INVALID_CLIENT', why);
}
