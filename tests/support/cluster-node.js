/**
 * One node of a real Redis Cluster.
 */
import { freePort, startRedis } from './redis.js';

/** One server of a cluster, with a client of its own. */
export class Node {
  /** @type {Promise<Awaited<ReturnType<import('./redis.js').RedisServer['client']>>> | undefined} */
  #client;
  #isPaused = false;
  /** Its name in the cluster. */
  id = '';
  /** How often the test itself has sent each command. @type {Map<string, number>} */
  sent = new Map();

  /**
   * @param {import('./redis.js').RedisServer} server
   * @param {number} busPort
   */
  constructor(server, busPort) {
    this.server = server;
    this.busPort = busPort;
    this.port = server.port;
    this.address = `127.0.0.1:${server.port}`;
  }

  /** @param {...(string | number | Uint8Array)} args of a command */
  async send(...args) {
    if (this.#isPaused) throw new Error(`${this.address} is paused`);
    this.#client ??= this.server.client();
    const command = args.slice(0, 2).join('|').toLowerCase();
    this.sent.set(command, (this.sent.get(command) ?? 0) + 1);
    try {
      return await (await this.#client).send(...args);
    } catch (error) {
      if (/closed|ECONN/.test(String(error))) this.#client = undefined;
      throw error;
    }
  }

  /** @param {...(string | number)} args of a command that answers text */
  async text(...args) {
    return String(await this.send(...args));
  }

  /** From here on the process does nothing, and its connections stay open. */
  pause() {
    this.#isPaused = true;
    this.server.signal('SIGSTOP');
  }

  resume() {
    this.#isPaused = false;
    this.server.signal('SIGCONT');
  }

  async kill() {
    this.forget();
    await this.server.kill();
  }

  async stop() {
    this.forget();
    await this.server.stop();
  }

  /** Closes the client: the server ends, or is replaced. */
  forget() {
    void this.#client?.then((client) => client.close()).catch(() => {});
    this.#client = undefined;
  }
}

/**
 * @param {Omit<import('./redis.js').RedisOptions, 'port' | 'unixSocket'>} options
 * @param {number} nodeTimeout
 * @param {import('./bus.js').BusNetwork} [network]
 */
export async function startNode(options, nodeTimeout, network) {
  const busPort = await freePort();
  const more = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort)];
  more.push('--cluster-node-timeout', String(nodeTimeout), '--cluster-require-full-coverage', 'no');
  // Only then do the nodes know each other's TLS ports.
  if (options.tls) more.push('--tls-cluster', 'yes');
  if (options.password) more.push('--masterauth', options.password);
  more.push('--repl-diskless-sync-delay', '0');
  // A primary stays one when its last slot has moved away.
  more.push('--cluster-allow-replica-migration', 'no');
  // A replica takes over however old its data is.
  more.push('--cluster-replica-validity-factor', '0');
  // CLUSTER SLOTS leaves a replica out until its primary has sent it something.
  more.push('--repl-ping-replica-period', '1', ...(options.more ?? []));
  const announced = await network?.addNode(busPort, () => node.id);
  if (announced !== undefined) more.push('--cluster-announce-bus-port', String(announced));
  const node = new Node(await startRedis({ ...options, more }), announced ?? busPort);
  return node;
}
