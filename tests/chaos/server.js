/**
 * The servers of a run: one Redis, or a cluster. They keep what they have acknowledged when they are killed, have a second user,
 * and each is behind a proxy of its own.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { startCluster } from '../support/cluster.js';
import { startRedis } from '../support/redis.js';
import { startChaosProxy } from './proxy.js';
import { demoted, FAULTS, PASSWORD, USER } from './server-faults.js';

/** With `appendfsync no` every reply is written after its command is; only a crash of the machine could lose it. */
const CONFIG = ['--appendonly', 'yes', '--appendfsync', 'no', '--busy-reply-threshold', '50'];
const OPTIONS = { users: { [USER]: `on >${PASSWORD} ~* +@all` }, more: CONFIG };

/**
 * @typedef {object} Servers
 * @property {string[]} urls of the caches of a run: one that writes at once, and one whose writes wait for the handshake
 * @property {Record<string, string>} [nodeAddressMap] the option of the caches
 * @property {import('./server-faults.js').Victim[]} nodes
 * @property {Record<string, import('./server-faults.js').Fault>} faults that may befall a node
 * @property {(database: number, names: string[]) => Promise<unknown[]>} read
 * @property {() => Promise<unknown>} stop
 */

/**
 * @param {number} seed
 * @returns {Promise<Servers>}
 */
export async function startServer(seed) {
  const redis = await startRedis(OPTIONS);
  const proxy = await startChaosProxy(redis.port, seed);
  const address = `127.0.0.1:${proxy.port}`;
  return {
    urls: [`redis://${address}/0`, `redis://${USER}:${PASSWORD}@${address}/1`],
    nodes: [{ redis, proxy }],
    faults: { ...FAULTS, demoted },
    async read(database, names) {
      const client = await redis.client();
      await client.send('SELECT', database);
      const values = await client.send('MGET', ...names);
      client.close();
      return values;
    },
    stop: () => Promise.all([proxy.stop(), redis.stop()]),
  };
}

/**
 * A cluster without replicas, since a failover loses what was acknowledged. Slots move between its nodes.
 *
 * @param {number} seed
 * @returns {Promise<Servers>}
 */
export async function startServersOfCluster(seed) {
  const cluster = await startCluster({ replicas: 0, node: OPTIONS });
  const nodes = await Promise.all(
    cluster.nodes.map(async (node, index) => {
      const proxy = await startChaosProxy(node.port, `${seed}/${index}`);
      // With the server the cluster's own client of it ends.
      const redis = { ...node.server, kill: async () => void (await node.kill()) };
      return { redis, proxy, address: node.address };
    }),
  );
  return {
    urls: ['', `${USER}:${PASSWORD}@`].map((user) => `redis+cluster://${user}${cluster.addresses}`),
    nodeAddressMap: Object.fromEntries(
      nodes.map(({ address, proxy }) => [address, `127.0.0.1:${proxy.port}`]),
    ),
    nodes,
    faults: { ...FAULTS, resharded: (_, milliseconds) => reshard(cluster, milliseconds) },
    async read(_, names) {
      // A node that has just begun says for a while that the cluster is down.
      await cluster.until(() => cluster.isWhole());
      return Promise.all(names.map((name) => cluster.send('GET', name)));
    },
    stop: () => Promise.all([...nodes.map(({ proxy }) => proxy.stop()), cluster.stop()]),
  };
}

/**
 * Moves slots that hold keys, one after another.
 *
 * @param {import('../support/cluster.js').Cluster} cluster
 * @param {number} milliseconds
 */
async function reshard(cluster, milliseconds) {
  // MIGRATE to a node that has just begun would fail halfway.
  await cluster.until(() => cluster.isWhole());
  for (const end = Date.now() + milliseconds; Date.now() < end; await sleep(1)) {
    for (const [at, from] of cluster.nodes.entries()) {
      const key = await from.send('RANDOMKEY');
      const to = cluster.nodes[(at + 1) % cluster.nodes.length];
      if (key !== null && to) await cluster.move(await from.send('CLUSTER', 'KEYSLOT', key), to);
    }
  }
}
