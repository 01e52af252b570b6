/**
 * What befalls a Redis: it is killed, frozen, paused, demoted, full, crowded, busy, and its users are changed.
 */
import { setTimeout as sleep } from 'node:timers/promises';

export const USER = 'chaos';
export const PASSWORD = 'between';

/**
 * @typedef {object} Victim
 * @property {import('../support/redis.js').RedisServer} redis
 * @property {Awaited<ReturnType<typeof import('./proxy.js').startChaosProxy>>} proxy
 *
 * @typedef {{ send(...args: (string | number)[]): Promise<any> }} Admin connected past the proxy
 * @typedef {(victim: Victim & { admin: Admin }, milliseconds: number) => Promise<void>} Fault
 */

/** Each ends with the server as it was. @satisfies {Record<string, Fault>} */
export const FAULTS = {
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

/** A node of a cluster cannot be made a replica so. */
export const demoted = changed(['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']);

/** @typedef {{ fault: number, peace: number }} Pace the longest fault, and the longest time without one, in milliseconds */

/** @type {Pace} */
const PACE = { fault: 1500, peace: 3000 };

/**
 * Lets one fault follow another until it is told to end.
 *
 * @param {{ nodes: Victim[], faults: Record<string, Fault> }} servers
 * @param {import('./random.js').Random} random
 * @param {Pace} [pace]
 */
export function startServerFaults({ nodes, faults }, random, { fault, peace } = PACE) {
  const counters = /** @type {Record<string, number>} */ ({});
  const end = new AbortController();
  const running = (async () => {
    // Each once before any comes again, so that a short run meets all.
    for (let names = /** @type {string[]} */ ([]); ;) {
      await sleep(random.magnitude(100, peace), undefined, { signal: end.signal });
      if (names.length === 0) names = Object.keys(faults);
      const [name = ''] = names.splice(random.between(0, names.length - 1), 1);
      await befall(name, faults[name], random.pick(nodes), random.magnitude(100, fault));
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
 * @param {Fault | undefined} fault
 * @param {Victim} victim
 * @param {number} milliseconds
 */
async function befall(name, fault, victim, milliseconds) {
  const admin = await victim.redis.client();
  try {
    await fault?.({ ...victim, admin }, milliseconds);
  } catch (error) {
    throw new Error(`the server's fault '${name}' could not be made or undone`, { cause: error });
  } finally {
    admin.close();
  }
}

/**
 * @param {string[]} change a command
 * @param {string[]} undo another
 * @returns {Fault}
 */
function changed(change, undo) {
  return async ({ admin }, milliseconds) => {
    await admin.send(...change);
    await sleep(milliseconds);
    await admin.send(...undo);
  };
}

/**
 * A fault that only new connections meet.
 *
 * @param {Fault} fault
 * @returns {Fault}
 */
function reconnecting(fault) {
  return async (victim, milliseconds) => {
    const passed = fault(victim, milliseconds);
    await sleep(20);
    victim.proxy.reset();
    await passed;
  };
}
