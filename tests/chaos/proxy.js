/**
 * A TCP proxy that does to connections what networks do: it delays, splits, stalls, cuts, swallows, and delivers late.
 *
 * What happens to a connection is drawn from the seed and its number. Everything is bounded: a connection that was swallowed
 * ends, and what is held back is read no further.
 */
import { once } from 'node:events';
import net from 'node:net';
import { setImmediate as nextTick, setTimeout as sleep } from 'node:timers/promises';
import { listening, resetSocket, track } from '../support/proxy.js';
import { Random } from './random.js';

/** Milliseconds that bytes may take in one direction. */
const LATENCIES = [0, 0, 0, 0, 1, 2, 5, 20];
/** The longest that bytes are held back, or a connection lies dead before it is reset, in milliseconds. */
const LONGEST_STALL = 1500;
/** So many pieces a chunk is split into at most. */
const MOST_PIECES = 24;

/** How often a connection ends, or pauses, in which way. */
const ENDS = { reset: 3, end: 2, late: 4, swallow: 1, stall: 3, none: 2 };
/** How often a connection begins in which way. */
const BEGINNINGS = { usual: 30, refused: 1, mute: 1, slow: 2 };

/**
 * @typedef {object} Plan What happens to a connection.
 * @property {string} beginning
 * @property {'up' | 'down'} direction to the server, or to the client: where the fault strikes
 * @property {string} kind
 * @property {number} after bytes of that direction
 * @property {number} milliseconds how long it takes
 */

/**
 * @param {number} port the server's, on loopback
 * @param {number | string} seed
 */
export async function startChaosProxy(port, seed) {
  const counters = /** @type {Record<string, number> & { connections: number }} */ ({
    connections: 0,
  });
  /** @type {Set<net.Socket>} */
  const open = new Set();
  let isCalm = false;

  const listener = net.createServer({ noDelay: true }, (client) => {
    const random = new Random(seed, 'connection', counters.connections++);
    track(open, client);
    const plan = isCalm ? CALM : draw(random);
    for (const name of [plan.beginning, plan.kind]) counters[name] = (counters[name] ?? 0) + 1;
    void begin(client, plan, random, () => {
      const server = net.connect({ port, host: '127.0.0.1', noDelay: true });
      track(open, server);
      return server;
    });
  });
  const ownPort = await listening(listener);
  const reset = () => {
    for (const socket of open) resetSocket(socket);
  };

  return {
    port: ownPort,
    counters,
    /** Resets every connection. */
    reset,
    /** From now on connections are left alone. */
    calm() {
      isCalm = true;
      reset();
    },
    stop() {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => listener.close(resolve));
    },
  };
}

/** @type {Plan} */
const CALM = { beginning: 'usual', direction: 'up', kind: 'none', after: 0, milliseconds: 0 };

/** @param {Random} random @returns {Plan} */
function draw(random) {
  return {
    beginning: random.weighted(BEGINNINGS),
    direction: random.pick(/** @type {const} */ (['up', 'down'])),
    kind: random.weighted(ENDS),
    after: random.chance(0.5) ? random.magnitude(1, 10_000) : random.magnitude(10_000, 5_000_000),
    milliseconds: random.magnitude(10, LONGEST_STALL),
  };
}

/**
 * @param {net.Socket} client
 * @param {Plan} plan
 * @param {Random} random
 * @param {() => net.Socket} connect
 */
async function begin(client, plan, random, connect) {
  if (plan.beginning === 'refused') return resetSocket(client);
  if (plan.beginning === 'mute') return resetAfter(client, plan.milliseconds);
  if (plan.beginning === 'slow') await sleep(plan.milliseconds);
  const server = connect();
  const [up, down] = ['up', 'down'].map((direction) => {
    const latency = plan === CALM ? 0 : random.pick(LATENCIES);
    const splits = plan !== CALM && random.chance(0.3);
    return { plan: plan.direction === direction ? plan : CALM, latency, splits, random };
  });
  client.once('close', () => plan.kind !== 'late' && server.destroy());
  server.once('close', () => client.end());
  await Promise.all([
    carry(client, server, client, /** @type {Way} */ (up)),
    carry(server, client, client, /** @type {Way} */ (down)),
  ]);
}

/** @typedef {{ plan: Plan, latency: number, splits: boolean, random: Random }} Way one direction of a connection */

/**
 * Carries bytes from one socket to another until its fault strikes.
 *
 * @param {net.Socket} source
 * @param {net.Socket} target
 * @param {net.Socket} client one of the two
 * @param {Way} way
 */
async function carry(source, target, client, { plan, latency, splits, random }) {
  let left = plan.kind === 'none' ? Infinity : plan.after;
  try {
    for await (const chunk of source) {
      if (latency > 0) await sleep(latency);
      const kept = chunk.subarray(0, left);
      for await (const piece of splits ? split(kept, random) : [kept]) await write(target, piece);
      left -= kept.length;
      if (left > 0) continue;
      left = Infinity;
      if (await strike(plan, source, client, target, chunk.subarray(kept.length))) return;
    }
    target.end();
  } catch {
    target.destroy();
  }
}

/**
 * The fault of a connection.
 *
 * @param {Plan} plan
 * @param {net.Socket} source
 * @param {net.Socket} client
 * @param {net.Socket} target
 * @param {Buffer} rest what has come and was not carried
 * @returns {Promise<boolean>} whether this was the end
 */
async function strike({ kind, milliseconds }, source, client, target, rest) {
  switch (kind) {
    case 'stall':
      await sleep(milliseconds);
      await write(target, rest);
      return false;
    case 'swallow':
      source.resume();
      await resetAfter(client, milliseconds);
      return true;
    case 'late':
      // The client sees the connection fail; its bytes reach the server when it has opened another.
      resetSocket(client);
      await sleep(milliseconds);
      if (target !== client) target.end(rest);
      return true;
    case 'end':
      client.end();
      return true;
    default:
      resetSocket(client);
      return true;
  }
}

/** @param {net.Socket} socket @param {number} milliseconds */
async function resetAfter(socket, milliseconds) {
  socket.resume();
  await sleep(milliseconds);
  resetSocket(socket);
}

/** @param {net.Socket} target @param {Uint8Array} bytes */
async function write(target, bytes) {
  if (bytes.length === 0 || target.destroyed || target.write(bytes)) return;
  const ended = new AbortController();
  const events = ['drain', 'close'].map((name) => once(target, name, { signal: ended.signal }));
  await Promise.race(events);
  for (const event of events) event.catch(() => {});
  ended.abort();
}

/**
 * Cuts bytes into pieces that leave one by one.
 *
 * @param {Buffer} bytes
 * @param {Random} random
 */
async function* split(bytes, random) {
  let start = 0;
  for (let pieces = 0; start < bytes.length; pieces++) {
    const isLast = pieces === MOST_PIECES;
    const end = isLast ? bytes.length : start + random.magnitude(1, 2 * bytes.length);
    yield bytes.subarray(start, end);
    start = end;
    await nextTick();
  }
}
