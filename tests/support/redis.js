/**
 * Real Redis servers for the tests: each on a free loopback port, with no persistence, in a folder of
 * its own that goes away with it.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SIGNALS } from '../../scripts/start/signals.js';
import { createClient } from './resp-client.js';

const START_TIMEOUT_MILLISECONDS = 30_000;

/**
 * @typedef {object} RedisOptions
 * @property {string} [password] `requirepass`
 * @property {Record<string, string>} [users] ACL rules by user name, such as `on >secret ~* +@all`
 * @property {{ ca: string, cert: string, key: string }} [tls] paths: opens a TLS port too
 * @property {boolean} [clientCertificates] the TLS port asks for a certificate
 * @property {boolean} [unixSocket]
 * @property {number} [port] instead of a free one
 * @property {string} [program] instead of redis-server
 * @property {string[]} [more] arguments of redis-server
 *
 * @typedef {Awaited<ReturnType<typeof startRedis>>} RedisServer
 */

/**
 * Starts a server and waits until it answers.
 *
 * @param {RedisOptions} [options]
 */
export async function startRedis(options = {}) {
  for (let attempts = 3; ; attempts--) {
    try {
      return await start(options);
    } catch (error) {
      // Another process can take a free port before the server does.
      const isTaken = /Address already in use/.test(String(error)) && options.port === undefined;
      if (!isTaken || attempts === 1) throw error;
    }
  }
}

/** @param {RedisOptions} options */
async function start(options) {
  const folder = await mkdtemp(join(tmpdir(), 'redis-'));
  const port = options.port ?? (await freePort());
  const tlsPort = options.tls ? await freePort() : undefined;
  const path = options.unixSocket ? join(folder, 'redis.sock') : undefined;
  const args = serverArguments({ ...options, port, tlsPort, path, folder });
  const { program } = options;
  let server = await launch(args, port, program);

  return {
    hostname: '127.0.0.1',
    port,
    tlsPort,
    path,
    url: `redis://127.0.0.1:${port}/0`,
    /** Connects a raw client that needs no part of this package. */
    client: async () => {
      const client = await createClient({ host: '127.0.0.1', port });
      if (options.password) await client.send('AUTH', options.password);
      return client;
    },
    /** Resolves when its process has ended. */
    ended: () => hasEnded(server),
    /** Kills the server and starts it again on the same port, empty. */
    async restart() {
      await this.kill();
      await this.start();
    },
    kill: async () => void (await end(server, 'SIGKILL')),
    /** Starts it again on the same port. */
    async start() {
      server = await launch(args, port, program);
    },
    /** @param {NodeJS.Signals} signal for the server's process */
    signal: (signal) => void server.kill(signal),
    async stop() {
      await end(server, 'SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The ports that this process has taken for servers which may not listen yet. @type {Set<number>} */
const taken = new Set();

/**
 * A loopback port on which nothing listens. No two calls of a process get the same one.
 *
 * @returns {Promise<number>}
 */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {net.AddressInfo} */ (probe.address());
      const isNew = !taken.has(port);
      taken.add(port);
      probe.close(() => resolve(isNew ? port : freePort()));
    });
  });
}

/** @param {RedisOptions & { port: number, tlsPort?: number, path?: string, folder: string }} options */
function serverArguments({
  password,
  users,
  tls,
  clientCertificates,
  port,
  tlsPort,
  path,
  folder,
  more = [],
}) {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder];
  args.push('--save', '', '--appendonly', 'no', '--daemonize', 'no');
  if (password) args.push('--requirepass', password);
  for (const [name, rules] of Object.entries(users ?? {})) {
    args.push('--user', name, ...rules.split(' '));
  }
  if (path) args.push('--unixsocket', path);
  if (tls) {
    args.push(
      '--tls-port',
      String(tlsPort),
      '--tls-cert-file',
      tls.cert,
      '--tls-key-file',
      tls.key,
    );
    args.push(
      '--tls-ca-cert-file',
      tls.ca,
      '--tls-auth-clients',
      clientCertificates ? 'yes' : 'no',
    );
  }
  return [...args, ...more];
}

/**
 * Starts a server's process and waits until it answers.
 *
 * @param {string[]} args
 * @param {number} port
 * @param {string} [program]
 */
export async function launch(args, port, program = 'redis-server') {
  const server = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(server);
  server.once('exit', () => running.delete(server));
  let output = '';
  server.stdout.on('data', (text) => (output += text));
  /** @type {Promise<never>} */
  const failed = new Promise((_, reject) => {
    server.once('error', (error) =>
      reject(
        new Error(`${program} does not start (apt-get install redis-server): ${error.message}`),
      ),
    );
    server.once('exit', (code) => reject(new Error(`${program} ended with ${code}:\n${output}`)));
  });
  failed.catch(() => {});
  const isGivenUp = new AbortController();
  try {
    await Promise.race([failed, answering(port, isGivenUp.signal)]);
  } finally {
    isGivenUp.abort();
  }
  return server;
}

/** Servers that must not outlive this process, however it ends. */
/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
process.once('exit', () => {
  for (const server of running) server.kill('SIGKILL');
});
for (const signal of SIGNALS) {
  // A signal ends a process without that event, unless somebody listens to it.
  process.once(signal, () => process.listenerCount(signal) > 0 || process.exit(1));
}

/**
 * @param {number} port
 * @param {AbortSignal} signal when nobody waits any more
 */
async function answering(port, signal) {
  const deadline = Date.now() + START_TIMEOUT_MILLISECONDS;
  while (!signal.aborted) {
    try {
      const client = await createClient({ host: '127.0.0.1', port });
      const answer = await client.send('PING').catch((error) => error.message);
      client.close();
      if (answer === 'PONG' || answer.startsWith('NOAUTH')) return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/**
 * Ends a process and waits for its end.
 *
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
export function end(child, signal) {
  const ended = hasEnded(child);
  child.kill(signal);
  return ended;
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<void>}
 */
async function hasEnded(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise((resolve) => child.once('exit', resolve));
}
