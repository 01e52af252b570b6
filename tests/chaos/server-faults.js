/**
 * What befalls a Redis: it is killed, frozen, paused, demoted, full, crowded, busy, and its users are changed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { PASSWORD, USER } from './server.js';

/**
 * @typedef {object} Victim
 * @property {import('../support/redis.js').RedisServer} redis
 * @property {{ send(...args: (string | number)[]): Promise<any> }} admin connected past the proxy
 * @property {{ reset(): void }} proxy
 */

/** Each ends with the server as it was. @type {Record<string, (victim: Victim, milliseconds: number) => Promise<void>>} */
const FAULTS = {
  async killed({ redis }, milliseconds) {
    await redis.kill();
    await sleep(milliseconds);
    await redis.start();
  },
  async frozen({ redis }, milliseconds) {
    redis.signal('SIGSTOP');
    await sleep(milliseconds);
    redis.signal('SIGCONT');
  },
  async paused({ admin }, milliseconds) {
    await admin.send('CLIENT', 'PAUSE', milliseconds, milliseconds % 2 ? 'ALL' : 'WRITE');
    await sleep(milliseconds);
  },
  demoted: changed(['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']),
  full: changed(['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0']),
  crowded: reconnecting(
    changed(['CONFIG', 'SET', 'maxclients', '1'], ['CONFIG', 'SET', 'maxclients', '10000']),
  ),
  renamed: reconnecting(
    changed(
      ['ACL', 'SETUSER', USER, 'resetpass', '>another'],
      ['ACL', 'SETUSER', USER, 'resetpass', `>${PASSWORD}`],
    ),
  ),
  forbidden: changed(['ACL', 'SETUSER', USER, '-@write'], ['ACL', 'SETUSER', USER, '+@all']),
  async busy({ redis, admin }, milliseconds) {
    const other = await redis.client();
    const script = other.send('EVAL', 'while true do end', 0).catch(() => {});
    await sleep(milliseconds);
    await admin.send('SCRIPT', 'KILL');
    await script;
    other.close();
  },
};

export const faultNames = Object.keys(FAULTS);

/** @typedef {{ fault: number, peace: number }} Pace the longest fault, and the longest time without one, in milliseconds */

/** @type {Pace} */
const PACE = { fault: 1500, peace: 3000 };

/**
 * Lets one fault follow another until it is told to end.
 *
 * @param {Omit<Victim, 'admin'>} server
 * @param {import('./random.js').Random} random
 * @param {Pace} [pace]
 */
export function startServerFaults(server, random, { fault, peace } = PACE) {
  const counters = /** @type {Record<string, number>} */ ({});
  const end = new AbortController();
  const running = (async () => {
    // Each once before any comes again, so that a short run meets all.
    for (let names = /** @type {string[]} */ ([]); ;) {
      await sleep(random.magnitude(100, peace), undefined, { signal: end.signal });
      if (names.length === 0) names = [...faultNames];
      const [name = ''] = names.splice(random.between(0, names.length - 1), 1);
      await befall(name, server, random.magnitude(100, fault));
      counters[name] = (counters[name] ?? 0) + 1;
    }
  })().catch((error) => {
    if (error.name !== 'AbortError') throw error;
  });
  return {
    counters,
    /** Rejects when the harness itself has failed. */
    running,
    stop() {
      end.abort();
      return running;
    },
  };
}

/**
 * @param {string} name
 * @param {Omit<Victim, 'admin'>} server
 * @param {number} milliseconds
 */
async function befall(name, server, milliseconds) {
  const admin = await server.redis.client();
  try {
    await FAULTS[name]?.({ ...server, admin }, milliseconds);
  } catch (error) {
    throw new Error(`the server's fault '${name}' could not be made or undone`, { cause: error });
  } finally {
    admin.close();
  }
}

/**
 * @param {string[]} change a command
 * @param {string[]} undo another
 */
function changed(change, undo) {
  return async (/** @type {Victim} */ { admin }, /** @type {number} */ milliseconds) => {
    await admin.send(...change);
    await sleep(milliseconds);
    await admin.send(...undo);
  };
}

/**
 * A fault that only new connections meet.
 *
 * @param {(victim: Victim, milliseconds: number) => Promise<void>} fault
 */
function reconnecting(fault) {
  return async (/** @type {Victim} */ victim, /** @type {number} */ milliseconds) => {
    const passed = fault(victim, milliseconds);
    await sleep(20);
    victim.proxy.reset();
    await passed;
  };
}
