/**
 * The nodes of a real Redis Cluster, asked together.
 */

/** @typedef {import('./cluster-node.js').Node} Node */

const READY_TIMEOUT = 30_000;

export class ClusterNodes {
  #isStopped = false;

  /**
   * @param {Node[]} nodes
   * @param {import('./bus.js').BusNetwork} [network]
   */
  constructor(nodes, network) {
    this.nodes = nodes;
    this.network = network;
  }

  /**
   * Waits until a question is answered with yes.
   *
   * @param {() => Promise<boolean>} question one that fails counts as no
   * @param {number} [timeout] milliseconds
   * @param {number} [interval] milliseconds
   */
  async until(question, timeout = READY_TIMEOUT, interval = 25) {
    const deadline = Date.now() + timeout;
    for (;;) {
      /** @type {unknown} */
      let failure;
      const isSo = await question().catch((error) => void (failure = error));
      if (isSo) return;
      if (this.#isStopped) throw new Error('the cluster was stopped');
      if (Date.now() > deadline) throw failure ?? new Error('the cluster does not come to it');
      await new Promise((resolve) => setTimeout(resolve, interval));
    }
  }

  /** The nodes that are primaries now. */
  async primaries() {
    const roles = await Promise.all(
      this.nodes.map((node) => node.send('ROLE').catch(() => ['gone'])),
    );
    return this.nodes.filter((_, index) => String(roles[index][0]) === 'master');
  }

  /** @param {Node} primary */
  async replicaOf(primary) {
    for (const node of this.nodes) {
      const [role, , port] = await node.send('ROLE').catch(() => []);
      if (String(role) === 'slave' && port === primary.port) return node;
    }
    throw new Error(`${primary.address} has no replica`);
  }

  /**
   * How often the nodes have executed a command of others than the test.
   *
   * @param {string} command as INFO commandstats names it, such as `cluster|slots`
   */
  async calls(command) {
    const stats = await Promise.all(this.nodes.map((node) => node.text('INFO', 'commandstats')));
    const pattern = new RegExp(`cmdstat_${command.replace('|', '\\|')}:calls=(\\d+)`);
    const own = this.nodes.map(({ sent }) => sent.get(command) ?? 0);
    return stats.reduce(
      (sum, text, index) => sum + Number(pattern.exec(text)?.[1] ?? 0) - Number(own[index]),
      0,
    );
  }

  /**
   * Has every primary execute a command.
   *
   * @param {...(string | number)} args
   * @returns {Promise<any[]>}
   */
  async onPrimaries(...args) {
    return Promise.all((await this.primaries()).map((node) => node.send(...args)));
  }

  async stop() {
    this.#isStopped = true;
    this.network?.stop();
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  /**
   * Asks the first node that answers.
   *
   * @param {...(string | number)} args
   */
  async ask(...args) {
    /** @type {unknown} */
    let failure;
    for (const node of this.nodes) {
      try {
        return await node.send(...args);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  /** @param {string} id */
  byId(id) {
    return /** @type {Node} */ (this.nodes.find((node) => node.id === id));
  }
}
