/**
 * Real Redis Clusters for the tests, the example and the benchmark: each node is a server of redis.js.
 */
import { BusNetwork } from './bus.js';
import { startNode } from './cluster-node.js';
import { ClusterNodes } from './cluster-nodes.js';

/** How long a primary may be silent before its replica takes over, in milliseconds. */
const NODE_TIMEOUT = 1000;
const SLOTS = 16384;

/**
 * @typedef {object} ClusterOptions
 * @property {number} [primaries] 3
 * @property {number} [replicas] of each primary: 1
 * @property {number} [slotless] primaries without slots: 0
 * @property {number} [nodeTimeout] milliseconds
 * @property {boolean} [isDivisible] whether nodes can be cut off from the others, by `network`
 * @property {Omit<import('./redis.js').RedisOptions, 'port' | 'unixSocket'>} [node] of every node
 *
 * @typedef {import('./cluster-node.js').Node} Node
 * @typedef {Awaited<ReturnType<typeof startCluster>>} Cluster
 */

/**
 * Starts a cluster and waits until every node knows all slots and all replicas.
 *
 * @param {ClusterOptions} [options]
 */
export async function startCluster({
  primaries = 3,
  replicas = 1,
  slotless = 0,
  nodeTimeout = NODE_TIMEOUT,
  isDivisible = false,
  node = {},
} = {}) {
  const count = primaries * (1 + replicas) + slotless;
  const network = isDivisible ? new BusNetwork() : undefined;
  const starting = Array.from({ length: count }, () => startNode(node, nodeTimeout, network));
  const settled = await Promise.allSettled(starting);
  const nodes = settled.flatMap((item) => (item.status === 'fulfilled' ? [item.value] : []));
  const cluster = new RedisCluster(nodes, primaries, replicas, network);
  try {
    for (const item of settled) if (item.status === 'rejected') throw item.reason;
    const lost = Promise.race(nodes.map(({ server }) => server.ended())).then(() => {
      throw new Error('a node of the cluster has ended');
    });
    lost.catch(() => {});
    await Promise.race([lost, cluster.form()]);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}

class RedisCluster extends ClusterNodes {
  #count;
  #replicas;

  /**
   * @param {Node[]} nodes the first `primaries` of them begin as primaries with slots, the last without
   * @param {number} primaries
   * @param {number} replicas of each
   * @param {BusNetwork} [network]
   */
  constructor(nodes, primaries, replicas, network) {
    super(nodes, network);
    this.#count = primaries;
    this.#replicas = replicas;
  }

  /** The nodes that began as primaries. */
  get seeds() {
    return this.nodes.slice(0, this.#count);
  }

  /** `host:port,host:port,…` of the seeds. */
  get addresses() {
    return this.seeds.map(({ address }) => address).join();
  }

  get url() {
    return `redis+cluster://${this.addresses}`;
  }

  /** Makes a cluster of the nodes. */
  async form() {
    await Promise.all(this.nodes.map((node, index) => this.#introduce(node, index)));
    const [first, ...others] = /** @type {[Node, ...Node[]]} */ (this.nodes);
    for (const { server, busPort } of others) {
      const port = server.tlsPort ?? server.port;
      await first.send('CLUSTER', 'MEET', '127.0.0.1', port, busPort);
    }
    await this.until(() => this.#knowEachOther());
    const replicas = this.nodes.slice(this.#count, this.#count * (1 + this.#replicas));
    await Promise.all(
      replicas.map((node, index) =>
        node.send('CLUSTER', 'REPLICATE', /** @type {Node} */ (this.seeds[index % this.#count]).id),
      ),
    );
    await this.until(() => this.isWhole());
  }

  /**
   * @param {Node} node
   * @param {number} index
   */
  async #introduce(node, index) {
    node.id = await node.text('CLUSTER', 'MYID');
    await node.send('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
    if (index >= this.#count) return;
    const [from, to] = [index, index + 1].map((part) => Math.ceil((part * SLOTS) / this.#count));
    await node.send('CLUSTER', 'ADDSLOTSRANGE', Number(from), Number(to) - 1);
  }

  async #knowEachOther() {
    const views = await Promise.all(this.nodes.map((node) => node.text('CLUSTER', 'NODES')));
    return views.every((view) => {
      const lines = view.trim().split('\n');
      return lines.length === this.nodes.length && !view.includes('handshake');
    });
  }

  /** Whether every node that answers knows an owner of each slot and all replicas, which are in step. */
  async isWhole() {
    const views = await Promise.all(
      this.nodes.map(async (node) => {
        const slots = await node.send('CLUSTER', 'SLOTS');
        const known = slots.reduce(
          (/** @type {number} */ sum, /** @type {any[]} */ range) =>
            range.length === 3 + this.#replicas ? sum + range[1] - range[0] + 1 : sum,
          0,
        );
        const [link, state] = await Promise.all([
          node.text('INFO', 'replication'),
          node.text('CLUSTER', 'INFO'),
        ]);
        const isUp = state.includes('cluster_state:ok');
        return known === SLOTS && isUp && !link.includes('master_link_status:down');
      }),
    );
    return views.every(Boolean);
  }

  // ---- Slots

  /** @param {string} key */
  slotOf(key) {
    return this.ask('CLUSTER', 'KEYSLOT', key);
  }

  /**
   * The primary that serves a slot, as the nodes that answer see it.
   *
   * @param {number} slot
   * @returns {Promise<Node>}
   */
  async ownerOf(slot) {
    const ranges = await this.ask('CLUSTER', 'SLOTS');
    const range = ranges.find(
      (/** @type {number[]} */ [from, to]) => slot >= Number(from) && slot <= Number(to),
    );
    if (range === undefined) throw new Error(`nobody serves slot ${slot}`);
    return this.byId(String(range[2][2]));
  }

  /**
   * Has the owner of a key execute a command.
   *
   * @param {string | number} name
   * @param {string} key
   * @param {...(string | number | Uint8Array)} rest
   * @returns {Promise<any>}
   */
  async send(name, key, ...rest) {
    let node = await this.ownerOf(await this.slotOf(key));
    let reply = Promise.resolve();
    await this.until(async () => {
      reply = node.send(name, key, ...rest);
      const moved = await reply.then(
        () => null,
        (error) => /MOVED \d+ \S+:(\d+)/.exec(String(error)),
      );
      // Nodes that have just begun name the owners of before for a moment.
      node = this.nodes.find(({ port }) => port === Number(moved?.[1])) ?? node;
      return moved === null;
    });
    return reply;
  }

  /**
   * Moves a slot with its keys, as `redis-cli --cluster reshard` does.
   *
   * @param {number} slot
   * @param {Node} to
   */
  async move(slot, to) {
    const from = await this.ownerOf(slot);
    if (from === to) return;
    await this.beginMove(slot, from, to);
    await this.moveKeys(slot, from, to);
    await this.endMove(slot, from, to);
  }

  /**
   * From here on the slot is MIGRATING at one node and IMPORTING at the other.
   *
   * @param {number} slot
   * @param {Node} from
   * @param {Node} to
   */
  async beginMove(slot, from, to) {
    // A node that does not know the owner's epoch takes none above it with the slot, and gives it back to the owner, who has sent it on:
    // then each names the other.
    await this.until(async () => (await epochOf(from, to)) === (await epochOf(from, from)));
    await to.send('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id);
    await from.send('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id);
  }

  /**
   * @param {number} slot
   * @param {Node} from
   * @param {Node} to
   */
  async moveKeys(slot, from, to) {
    for (;;) {
      const keys = await from.send('CLUSTER', 'GETKEYSINSLOT', slot, 100);
      if (keys.length === 0) return;
      await from.send('MIGRATE', '127.0.0.1', to.port, '', 0, 5000, 'KEYS', ...keys);
    }
  }

  /**
   * @param {number} slot
   * @param {Node} from
   * @param {Node} to
   */
  async endMove(slot, from, to) {
    await to.send('CLUSTER', 'SETSLOT', slot, 'NODE', to.id);
    await from.send('CLUSTER', 'SETSLOT', slot, 'NODE', to.id);
    for (const node of await this.primaries()) {
      await node.send('CLUSTER', 'SETSLOT', slot, 'NODE', to.id).catch(() => {});
    }
  }
}

/**
 * The configuration epoch of a node: of two that have a slot, the one of the higher epoch serves it.
 *
 * @param {Node} node
 * @param {Node} asked who may not know it yet
 */
async function epochOf(node, asked) {
  const known = await asked.text('CLUSTER', 'NODES');
  return known
    .split('\n')
    .find((line) => line.startsWith(node.id))
    ?.split(' ')[6];
}
