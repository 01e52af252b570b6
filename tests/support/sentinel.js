/**
 * A real primary with replicas, watched by real Sentinels.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { end, freePort, launch, startRedis } from './redis.js';
import { createClient } from './resp-client.js';

export const PRIMARY_NAME = 'mymaster';

/** How long a primary may be silent before the Sentinels replace it, in milliseconds. */
const DOWN_AFTER = 1000;
const READY_TIMEOUT = 30_000;

/**
 * @typedef {object} SentinelOptions
 * @property {number} [sentinels] 3
 * @property {number} [replicas] 1
 * @property {string} [password] of the servers
 * @property {string} [sentinelPassword] of the Sentinels
 * @property {Record<string, string>} [sentinelUsers] ACL rules of the Sentinels' users, as of `users` of redis.js
 * @property {import('./redis.js').RedisOptions['tls']} [tls] of Sentinels and servers: they name TLS ports, and replicate by TLS
 * @property {string} [program] instead of redis-server
 * @property {import('./redis.js').RedisOptions} [node] more options of every server
 *
 * @typedef {Awaited<ReturnType<typeof startSentinels>>} Sentinels
 * @typedef {import('./redis.js').RedisServer} RedisServer
 */

/**
 * Starts servers and Sentinels, and waits until every Sentinel knows all of them.
 *
 * @param {SentinelOptions} [options]
 */
export async function startSentinels(options = {}) {
  const { sentinels = 3, replicas = 1 } = options;
  const group = new SentinelGroup(options);
  try {
    await group.startServers(1 + replicas);
    await group.startSentinels(sentinels);
    await group.until(() => group.isWhole());
  } catch (error) {
    await group.stop();
    throw error;
  }
  return group;
}

class SentinelGroup {
  #options;
  #folder = '';
  /** The first of them began as primary. @type {RedisServer[]} */
  servers = [];
  /** @type {{ port: number, tlsPort: number, process: import('node:child_process').ChildProcess }[]} */
  sentinels = [];

  /** @param {SentinelOptions} options */
  constructor(options) {
    this.#options = options;
  }

  /** `host:port,host:port,…` of the Sentinels. */
  get addresses() {
    return this.sentinels.map(({ port }) => `127.0.0.1:${port}`).join();
  }

  /** The same of their TLS ports, by the name that certificates are for. */
  get secureAddresses() {
    return this.sentinels.map(({ tlsPort }) => `localhost:${tlsPort}`).join();
  }

  get url() {
    return `redis+sentinel://${this.addresses}/${PRIMARY_NAME}`;
  }

  /** @param {number} count */
  async startServers(count) {
    const { password, program, tls, node } = this.#options;
    const more = ['--repl-diskless-sync-delay', '0', '--repl-ping-replica-period', '1'];
    if (tls) more.push('--tls-replication', 'yes');
    if (password) more.push('--masterauth', password);
    const options = { tls, ...node, password, program };
    for (let index = 0; index < count; index++) {
      const [primary] = this.servers;
      const role = primary ? ['--replicaof', primary.hostname, this.#named(primary)] : [];
      const args = [...more, ...(node?.more ?? []), ...role];
      this.servers.push(await startRedis({ ...options, more: args }));
    }
  }

  /** @param {number} count */
  async startSentinels(count) {
    this.#folder = await mkdtemp(join(tmpdir(), 'sentinel-'));
    await Promise.all(Array.from({ length: count }, () => this.#startSentinel(count)));
  }

  /** @param {number} count how many there are */
  async #startSentinel(count) {
    const port = await freePort();
    const tlsPort = await freePort();
    const file = join(this.#folder, `${port}.conf`);
    const lines = [...this.#configuration(port, Math.floor(count / 2) + 1), ...this.#tls(tlsPort)];
    await writeFile(file, `${lines.join('\n')}\n`);
    const process = await launch([file, '--sentinel'], port, this.#options.program);
    this.sentinels.push({ port, tlsPort, process });
  }

  /**
   * @param {number} port
   * @param {number} quorum
   */
  #configuration(port, quorum) {
    const { password, sentinelPassword, sentinelUsers = {} } = this.#options;
    const primary = /** @type {RedisServer} */ (this.servers[0]);
    const lines = [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${this.#folder}`,
      `sentinel monitor ${PRIMARY_NAME} ${primary.hostname} ${this.#named(primary)} ${quorum}`,
      `sentinel down-after-milliseconds ${PRIMARY_NAME} ${DOWN_AFTER}`,
      `sentinel failover-timeout ${PRIMARY_NAME} 5000`,
    ];
    if (password) lines.push(`sentinel auth-pass ${PRIMARY_NAME} "${password}"`);
    if (sentinelPassword) {
      lines.push(`requirepass ${sentinelPassword}`, `sentinel sentinel-pass ${sentinelPassword}`);
    }
    for (const [name, rules] of Object.entries(sentinelUsers)) {
      lines.push(`user ${name} ${rules}`);
    }
    return lines;
  }

  /** @param {number} tlsPort */
  #tls(tlsPort) {
    const { tls } = this.#options;
    if (!tls) return [];
    return [
      `tls-port ${tlsPort}`,
      `tls-cert-file ${tls.cert}`,
      `tls-key-file ${tls.key}`,
      `tls-ca-cert-file ${tls.ca}`,
      'tls-auth-clients no',
      'tls-replication yes',
    ];
  }

  /**
   * The port of a server that the Sentinels name.
   *
   * @param {RedisServer} server
   */
  #named({ port, tlsPort }) {
    return String(this.#options.tls ? tlsPort : port);
  }

  /** Whether every Sentinel knows all others and the replicas. */
  async isWhole() {
    const wanted = `slaves=${this.servers.length - 1},sentinels=${this.sentinels.length}`;
    const views = await Promise.all(
      this.sentinels.map((_, index) => this.ask(index, 'INFO', 'sentinel')),
    );
    return views.every((view) => String(view).includes(wanted));
  }

  /** Whether the replicas are in step with the primary that all Sentinels name. */
  async isSteady() {
    const primary = await this.primary();
    const client = await primary.client();
    try {
      const replication = String(await client.send('INFO', 'replication'));
      const inStep = replication.split('state=online').length - 1;
      return replication.includes('role:master') && inStep === this.servers.length - 1;
    } finally {
      client.close();
    }
  }

  /**
   * Whether all Sentinels call a replica one that works.
   *
   * @param {RedisServer} replica
   */
  async isHealthy(replica) {
    const views = await Promise.all(
      this.sentinels.map((_, index) => this.ask(index, 'SENTINEL', 'REPLICAS', PRIMARY_NAME)),
    );
    const works = (/** @type {unknown[]} */ fields) => {
      const texts = fields.map(String);
      const field = (/** @type {string} */ name) => texts[texts.indexOf(name) + 1];
      const isUp = field('flags') === 'slave' && field('master-link-status') === 'ok';
      return isUp && field('port') === this.#named(replica);
    };
    return views.every((view) => view.some(works));
  }

  /**
   * @param {() => Promise<boolean>} question
   * @param {number} [timeout] milliseconds
   */
  async until(question, timeout = READY_TIMEOUT) {
    const deadline = Date.now() + timeout;
    while (!(await question().catch(() => false))) {
      if (Date.now() > deadline) throw new Error('the Sentinels do not come to it');
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /**
   * One command on a Sentinel.
   *
   * @param {number} index
   * @param {...(string | number)} args
   */
  async ask(index, ...args) {
    const { port } = /** @type {{ port: number }} */ (this.sentinels[index]);
    const client = await createClient({ host: '127.0.0.1', port });
    try {
      const { sentinelPassword } = this.#options;
      if (sentinelPassword) await client.send('AUTH', sentinelPassword);
      return await client.send(...args);
    } finally {
      client.close();
    }
  }

  /** The server that the Sentinels call the primary. */
  async primary() {
    const [, port] = await this.ask(0, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', PRIMARY_NAME);
    const found = this.servers.find((server) => this.#named(server) === String(port));
    return /** @type {RedisServer} */ (found);
  }

  /** Has the Sentinels replace the primary, and waits until they have. */
  async failover() {
    const before = await this.primary();
    // Refused as long as the replica has not been linked for some seconds.
    await this.until(async () => {
      await this.ask(0, 'SENTINEL', 'FAILOVER', PRIMARY_NAME);
      return true;
    });
    await this.until(async () => (await this.primary()) !== before);
  }

  async stop() {
    await Promise.all(this.sentinels.map(({ process }) => end(process, 'SIGTERM')));
    await Promise.all(this.servers.map((server) => server.stop()));
    if (this.#folder) await rm(this.#folder, { recursive: true, force: true });
  }
}
