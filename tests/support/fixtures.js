/**
 * The fixtures: the Node process that owns the real Redis servers, proxies and faulty servers, and
 * answers what the cases in the runtime under test ask for.
 */
import { createServer } from 'node:http';
import { startBridge } from './bridge.js';
import { makeCertificates } from './certificates.js';
import { startDeployment } from './deployments.js';
import { startFaultyServer } from './faulty.js';
import { listening, startProxies, startProxy } from './proxy.js';
import { freePort, startRedis } from './redis.js';
import { fromWire, toWire } from './wire.js';

export const PASSWORD = 'p@ss w/örd:?#%&';
export const ACL_USER = 'edge@user:1';
export const ACL_PASSWORD = 'user:pass@1';

const CASE_TIMEOUT_MILLISECONDS = 45_000;

/**
 * Starts the servers: `open` has no password, `locked` one and an ACL user; the others have a TLS port.
 *
 * @param {import('./deployments.js').Deployment | (() => Promise<import('./redis.js').RedisServer>)} [deployment] what `open`
 *   is, or what starts it
 */
export async function startFixtures(deployment = 'single') {
  const certificates = await makeCertificates();
  const { authority, server, wrongName, expired, untrusted } = certificates;
  const tls = (/** @type {typeof server} */ { certFile, keyFile }, clientCertificates = false) =>
    startRedis({
      tls: { ca: authority.certFile, cert: certFile, key: keyFile },
      clientCertificates,
    });
  const servers = await allOrNone({
    open: typeof deployment === 'function' ? deployment() : startDeployment(deployment),
    locked: startRedis({
      password: PASSWORD,
      users: { [ACL_USER]: `on >${ACL_PASSWORD} ~* +@all` },
    }),
    tls: tls(server),
    wrongName: tls(wrongName),
    expired: tls(expired),
    untrusted: tls(untrusted),
    clientCertificates: tls(server, true),
  });
  const fixtures = new Fixtures(servers, certificates);
  await fixtures.listen();
  return fixtures;
}

/** @typedef {import('./redis.js').RedisServer & { several?: import('./deployments.js').Several }} Server */

/**
 * Waits for all servers; when one cannot start, stops the others.
 *
 * @param {Record<string, Promise<Server>>} starting
 */
async function allOrNone(starting) {
  const settled = await Promise.allSettled(Object.values(starting));
  const failed = settled.find(({ status }) => status === 'rejected');
  if (failed) {
    for (const item of settled) if (item.status === 'fulfilled') await item.value.stop();
    throw /** @type {PromiseRejectedResult} */ (failed).reason;
  }
  const servers = settled.map((item) => /** @type {PromiseFulfilledResult<any>} */ (item).value);
  return Object.fromEntries(Object.keys(starting).map((name, index) => [name, servers[index]]));
}

/**
 * A proxy, or a faulty server, which has less of it.
 *
 * @typedef {Pick<import('./proxy.js').Proxy, 'hostname' | 'port' | 'url' | 'stop'> & { counters: object }
 *   & Partial<Pick<import('./proxy.js').Proxy, 'openConnections' | 'reset' | 'change'>>} Endpoint
 */

class Fixtures {
  #servers;
  #certificates;
  #http;
  #origin = '';
  /** @type {Map<number, Endpoint>} */
  #endpoints = new Map();
  /** @type {Map<string, Awaited<ReturnType<import('./redis.js').RedisServer['client']>>>} */
  #clients = new Map();
  /** @type {((name: string | null) => void) | null} */
  #runtimeWaits = null;
  /** @type {((result: import('./cases.js').Result) => void) | null} */
  #caseEnds = null;

  /**
   * @param {Record<string, Server>} servers
   * @param {Awaited<ReturnType<typeof makeCertificates>>} certificates
   */
  constructor(servers, certificates) {
    this.#servers = servers;
    this.#certificates = certificates;
    // Longer than any case takes: a client that uses a connection just when it is closed for idleness fails.
    const options = { keepAliveTimeout: 120_000 };
    this.#http = createServer(options, (request, response) => this.#answer(request, response));
  }

  get origin() {
    return this.#origin;
  }

  get certificates() {
    return this.#certificates;
  }

  async listen() {
    this.#origin = `http://127.0.0.1:${await listening(this.#http)}/`;
  }

  /** Empties the servers and stops the endpoints of the case before. */
  async reset() {
    for (const { stop } of this.#endpoints.values()) await stop();
    this.#endpoints.clear();
    for (const name of ['open', 'locked']) await this.raw(name, 'FLUSHALL');
  }

  /**
   * Hands a case to a runtime that polls for them.
   *
   * @param {string} name
   * @returns {Promise<import('./cases.js').Result>}
   */
  async run(name) {
    const deadline = Date.now() + CASE_TIMEOUT_MILLISECONDS;
    while (!this.#runtimeWaits) {
      if (Date.now() > deadline) throw new Error('the runtime does not ask for cases');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    this.#runtimeWaits(name);
    this.#runtimeWaits = null;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`'${name}' does not end`)),
        CASE_TIMEOUT_MILLISECONDS,
      );
      this.#caseEnds = (result) => {
        clearTimeout(timer);
        resolve(result);
      };
    });
  }

  async stop() {
    this.#runtimeWaits?.(null);
    for (const { stop } of this.#endpoints.values()) await stop();
    for (const client of this.#clients.values()) client.close();
    for (const server of Object.values(this.#servers)) await server.stop();
    this.#http.closeAllConnections();
    this.#http.close();
    await this.#certificates.remove();
  }

  // What the cases may ask for:

  nextCase() {
    return new Promise((resolve) => (this.#runtimeWaits = resolve));
  }

  /** @param {import('./cases.js').Result} result */
  finishCase(result) {
    this.#caseEnds?.(result);
    this.#caseEnds = null;
  }

  /** Addresses and credentials of the real servers. */
  async addresses() {
    const { authority, client } = this.#certificates;
    const closedPort = await freePort();
    const servers = Object.entries(this.#servers).map(
      ([name, { hostname, port, tlsPort, path, url }]) => [
        name,
        { hostname, port, tlsPort, socketPath: path, url },
      ],
    );
    return {
      ...Object.fromEntries(servers),
      closedPort,
      refusedUrl: this.#urlAt(closedPort),
      credentials: { password: PASSWORD, user: ACL_USER, userPassword: ACL_PASSWORD },
      pem: { ca: authority.cert, clientCert: client.cert, clientKey: client.key },
    };
  }

  /**
   * One command, past the package: bulk strings come back as bytes.
   *
   * @param {string} name the server's
   * @param {...(string | number | Uint8Array)} args
   */
  async raw(name, ...args) {
    const client = this.#clients.get(name) ?? (await this.#server(name).client());
    this.#clients.set(name, client);
    return client.send(...args);
  }

  /** @param {string} name the server's */
  async restart(name) {
    this.#clients.get(name)?.close();
    this.#clients.delete(name);
    await this.#server(name).restart();
  }

  /**
   * A cache that goes through it takes its `url` and its `options`.
   *
   * @param {string} name the server's
   * @param {Partial<import('./proxy.js').ProxyOptions> & { tls?: boolean }} [options]
   */
  async proxy(name, { tls, ...options } = {}) {
    const { port, tlsPort, several } = this.#server(name);
    if (several) return this.#proxySeveral(several, options);
    return this.#install(await startProxy({ ...options, port: (tls && tlsPort) || port }));
  }

  /**
   * @param {import('./deployments.js').Several} several
   * @param {Partial<import('./proxy.js').ProxyOptions>} options
   */
  async #proxySeveral({ ports, urlThrough }, options) {
    const proxies = await startProxies(ports, options);
    const map = ports.map((port, index) => [
      `127.0.0.1:${port}`,
      `127.0.0.1:${proxies.ports[index]}`,
    ]);
    return {
      ...this.#install(proxies),
      url: urlThrough(proxies.port),
      options: { nodeAddressMap: Object.fromEntries(map) },
    };
  }

  /** @param {string} kind */
  async faulty(kind) {
    const installed = this.#install(await startFaultyServer(kind));
    return { ...installed, url: this.#urlAt(installed.port) };
  }

  /**
   * A bridge from WebSockets to a server, or to wherever its URL says.
   *
   * @param {string | null} [name] the server's
   * @param {string} [kind]
   */
  async bridge(name, kind) {
    const target = name ? this.#server(name) : undefined;
    return this.#install(await startBridge({ target, kind }));
  }

  /** @param {number} id a proxy's or faulty server's */
  counters(id) {
    return this.#endpoint(id).counters;
  }

  /** @param {number} id a proxy's */
  openConnections(id) {
    return this.#endpoint(id).openConnections?.();
  }

  /** @param {number} id a proxy's */
  resetConnections(id) {
    this.#endpoint(id).reset?.();
  }

  /**
   * @param {number} id a proxy's
   * @param {Partial<import('./proxy.js').ProxyOptions>} changes
   */
  changeProxy(id, changes) {
    this.#endpoint(id).change?.(changes);
  }

  /**
   * The URL of what is taken for the server without a password, or for one of its hosts.
   *
   * @param {number} port
   */
  #urlAt(port) {
    return this.#server('open').several?.urlAt(port) ?? `redis://127.0.0.1:${port}/0`;
  }

  /** @param {string} name */
  #server(name) {
    const server = this.#servers[name];
    if (!server) throw new Error(`there is no server '${name}'`);
    return server;
  }

  /** @param {number} id */
  #endpoint(id) {
    const endpoint = this.#endpoints.get(id);
    if (!endpoint) throw new Error(`there is no endpoint ${id}`);
    return endpoint;
  }

  /** @param {Endpoint} endpoint */
  #install(endpoint) {
    const id = endpoint.port;
    this.#endpoints.set(id, endpoint);
    return { id, hostname: endpoint.hostname, port: endpoint.port, url: endpoint.url, options: {} };
  }

  /**
   * @param {import('node:http').IncomingMessage} request
   * @param {import('node:http').ServerResponse} response
   */
  async #answer(request, response) {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    response.setHeader('access-control-allow-origin', '*');
    try {
      const { method, args } = fromWire(body);
      if (!CALLABLE.has(method)) throw new Error(`the fixtures has no '${method}'`);
      const value = await /** @type {any} */ (this)[method](...args);
      response.end(toWire({ value }));
    } catch (error) {
      response.end(toWire({ error: /** @type {Error} */ (error).message }));
    }
  }
}

const CALLABLE = new Set(
  'nextCase finishCase addresses raw restart proxy faulty bridge counters openConnections resetConnections changeProxy'.split(
    ' ',
  ),
);
