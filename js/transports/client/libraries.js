/**
 * The known Redis clients: how each sends commands, and gives replies in the form in which they came.
 * @module
 */
import { defer } from '../../core/clock.js';
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

/**
 * How a client is used.
 *
 * @typedef {object} Adapter
 * @property {Send} send
 * @property {(onReady: () => void, onLost: (reason: unknown) => void) => (() => void)} watch calls `onReady` once commands
 *   would leave at once, and `onLost` when the client's connection has ended; returns what ends that
 */

const decoder = new TextDecoder();

/** node-redis takes bytes, and gives them, as `Buffer`s. */
const { Buffer } = /** @type {any} */ (globalThis);

/**
 * @param {any} client
 * @returns {Adapter}
 * @throws {TypeError} when it is no client that can be used
 */
export function adapterOf(client) {
  const has = (/** @type {string} */ method) => typeof client[method] === 'function';
  if (client.isCluster || Array.isArray(client.masters)) {
    throw unusable('a client of a cluster is not supported');
  }
  if (client.options?.keyPrefix) {
    throw unusable("a client with its own keyPrefix cannot be cleared: use the cache's option");
  }
  if (has('callBuffer') && has('pipeline')) return ioredisAdapter(client);
  if (has('sendCommand') && has('withTypeMapping')) return nodeRedisAdapter(client);
  if (has('sendCommand') && typeof client.isOpen === 'boolean') {
    throw unusable('node-redis is supported from version 5 on');
  }
  if (has('sendCommand')) return strangerAdapter(client);
  if (has('send') && has('getBuffer')) {
    return { send: each((command) => sendWithBun(client, command)), watch: readyAtOnce };
  }
  throw unusable(
    'an object as host is a client of ioredis, iovalkey, node-redis or Bun, or { sendCommand([name, ...bytes]) }',
  );
}

/**
 * ioredis and iovalkey.
 *
 * @param {any} client
 * @returns {Adapter}
 */
function ioredisAdapter(client) {
  if (client.options?.autoResendUnfulfilledCommands !== false) {
    throw unusable(
      'it repeats commands that may have been executed: give its constructor autoResendUnfulfilledCommands: false, or inc counts twice',
    );
  }
  return {
    send: (batch) => sendWithIoredis(client, batch),
    // Its queue would send commands long after their calls have ended, and those it has sent it forgets when they are lost.
    watch(onReady, onLost) {
      client.on('ready', onReady);
      client.on('close', onLost);
      if (client.status === 'ready') defer(onReady);
      else if (client.status === 'end') defer(() => onLost(null));
      else if (client.status === 'wait') client.connect().catch(ignore);
      return () => {
        client.off('ready', onReady);
        client.off('close', onLost);
      };
    },
  };
}

/**
 * node-redis, from version 5 on.
 *
 * @param {any} client
 * @returns {Adapter}
 */
function nodeRedisAdapter(client) {
  if (typeof client.execute === 'function') {
    throw unusable('a pool sends commands in no order: give one client of createClient()');
  }
  if (typeof client.getSentinelNode === 'function') {
    throw unusable(
      'a client of sentinels repeats commands that may have been executed: give one client of createClient()',
    );
  }
  const typeMapping = { [BULK]: Buffer, [STATUS]: String, [INTEGER]: String };
  return {
    send: each((command) => client.sendCommand(command, { typeMapping })),
    // Its queue would send commands long after their calls have ended. What was lost it tells by their promises.
    watch(onReady) {
      client.on('ready', onReady);
      if (client.isReady || !client.isOpen) defer(onReady);
      return () => client.off('ready', onReady);
    },
  };
}

/**
 * A client that is not known is asked for one reply, which shows that it takes commands as they are given.
 *
 * @param {CommandSender} client
 * @returns {Adapter}
 */
function strangerAdapter(client) {
  return {
    send: each((command) => client.sendCommand(command)),
    watch(onReady, onLost) {
      ping(client).then(onReady, onLost);
      return ignore;
    },
  };
}

/**
 * An error of the server passes, but a general one: it may refuse the user, or be busy, and calls will tell.
 *
 * @param {CommandSender} client
 */
async function ping(client) {
  let reply;
  try {
    reply = await client.sendCommand(['PING']);
  } catch (error) {
    const message = serverMessage(error);
    if (message === null) throw error;
    reply = message.startsWith('ERR ') ? message : 'PONG';
  }
  const text = ArrayBuffer.isView(reply) ? decoder.decode(reply) : reply;
  if (text === 'PONG') return;
  throw unusable(
    "its sendCommand(['PING']) does not answer PONG: it takes one array, of a name and bytes",
  );
}

/** @type {Adapter['watch']} */
function readyAtOnce(onReady) {
  defer(onReady);
  return ignore;
}

/**
 * @param {CommandSender['sendCommand']} sendOne
 * @returns {Send}
 */
function each(sendOne) {
  return (batch) => batch.map(async (command) => sendOne(command));
}

/**
 * They write each command by itself, unless it is in a pipeline.
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
  if (name === 'GETDEL') throw new Error('UNSUPPORTED by the client');
  if (name !== 'MGET') return client.send(name, args);
  const otherType = (/** @type {Error} */ error) => {
    if (!error.message.startsWith('WRONGTYPE')) throw error;
    return null;
  };
  return Promise.all(args.map((key) => client.getBuffer(key).catch(otherType)));
}

/**
 * The server's error reply, or null when the client failed by itself.
 *
 * @param {any} error
 */
export function serverMessage(error) {
  const { code, message } = error ?? {};
  const reply = /^[A-Z][A-Z\d_]+(?= |$).*/.exec(message)?.[0];
  const isServers =
    code === undefined || code === 'ERR_REDIS_SERVER_ERROR' || code === reply?.split(' ')[0];
  return reply !== undefined && isServers ? reply : null;
}

function ignore() {}

/** @param {string} why */
function unusable(why) {
  return new UsageTypeError('INVALID_CLIENT', why);
}
