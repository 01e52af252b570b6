/**
 * A TCP proxy in front of a Redis, which delays, cuts, freezes and counts.
 */
import net from 'node:net';

/**
 * @typedef {object} ProxyOptions
 * @property {number} port the server behind it, on loopback
 * @property {number} [delay] milliseconds that bytes take in each direction
 * @property {boolean} [delaysConnecting] lets TCP's own handshake take its round trip too
 * @property {number} [cutAfter] closes the connection once this many bytes of replies have passed
 * @property {number} [cuts] how many connections to cut; the later ones are left alone
 * @property {number} [bytesPerSecond] how fast requests pass
 * @property {boolean} [cutReplies] closes the connection in place of every reply
 *
 * @typedef {Awaited<ReturnType<typeof startProxy>>} Proxy
 */

/** @param {ProxyOptions} options */
export async function startProxy(options) {
  const counters = { connections: 0, writes: 0, roundTrips: 0, bytesSent: 0, bytesReceived: 0 };
  /** @type {Set<net.Socket>} */
  const open = new Set();
  const listener = net.createServer({ noDelay: true }, (client) => {
    const server = net.connect({ port: options.port, host: '127.0.0.1', noDelay: true });
    counters.connections++;
    for (const socket of [client, server]) track(open, socket);
    join(client, server, counters, options);
  });
  const port = await listening(listener);

  return {
    hostname: '127.0.0.1',
    port,
    url: `redis://127.0.0.1:${port}/0`,
    /** `writes` are chunks that came from the client; a round trip is a request after a reply. */
    counters,
    openConnections: () => open.size / 2,
    /** @param {Partial<ProxyOptions>} changes for open and new connections */
    change: (changes) => void Object.assign(options, changes),
    /** Resets every connection, as a machine that goes away does. */
    reset() {
      for (const socket of open) resetSocket(socket);
    },
    stop() {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => listener.close(resolve));
    },
  };
}

/**
 * A proxy for each of several servers, which together have the shape of one.
 *
 * @param {number[]} ports the servers'
 * @param {Partial<ProxyOptions>} options
 */
export async function startProxies(ports, options) {
  const proxies = await Promise.all(ports.map((port) => startProxy({ ...options, port })));
  const [first] = /** @type {[Proxy]} */ (proxies);
  return {
    hostname: first.hostname,
    port: first.port,
    url: first.url,
    ports: proxies.map(({ port }) => port),
    get counters() {
      const sums = { ...first.counters };
      for (const { counters } of proxies.slice(1)) {
        for (const name of /** @type {(keyof typeof sums)[]} */ (Object.keys(sums))) {
          sums[name] += counters[name];
        }
      }
      return sums;
    },
    openConnections: () => proxies.reduce((sum, proxy) => sum + proxy.openConnections(), 0),
    change: (/** @type {Partial<ProxyOptions>} */ changes) =>
      void proxies.forEach((proxy) => proxy.change(changes)),
    reset: () => proxies.forEach((proxy) => proxy.reset()),
    stop: () => Promise.all(proxies.map((proxy) => proxy.stop())),
  };
}

/**
 * Joins two sockets; the options may change on the way.
 *
 * @param {net.Socket} client
 * @param {net.Socket} server
 * @param {{ connections: number, writes: number, roundTrips: number, bytesSent: number, bytesReceived: number }} counters
 * @param {ProxyOptions} options
 */
function join(client, server, counters, options) {
  const mayCut = counters.connections <= (options.cuts ?? Infinity);
  let replied = true;
  let passed = 0;
  const [up, down] = [new Line(), new Line()];
  // On loopback a connection is there at once: its first bytes wait in the place of the handshake.
  const connectedAt = performance.now() + (options.delaysConnecting ? 2 * (options.delay ?? 0) : 0);

  client.on('data', (chunk) => {
    counters.writes++;
    counters.bytesSent += chunk.length;
    if (replied) counters.roundTrips++;
    replied = false;
    if (options.bytesPerSecond !== undefined) {
      client.pause();
      setTimeout(() => client.resume(), (1000 * chunk.length) / options.bytesPerSecond);
    }
    const delay = (options.delay ?? 0) + Math.max(0, connectedAt - performance.now());
    up.send(delay, () => server.write(chunk));
  });
  server.on('data', (chunk) => {
    replied = true;
    const limit = options.cutReplies ? 0 : mayCut ? (options.cutAfter ?? Infinity) : Infinity;
    const kept = chunk.subarray(0, Math.max(0, limit - passed));
    passed += kept.length;
    counters.bytesReceived += kept.length;
    const ends = kept.length < chunk.length;
    down.send(options.delay ?? 0, () => {
      if (!client.destroyed && kept.length) client.write(kept);
      if (ends) client.end();
    });
  });
  client.on('close', () => server.destroy());
  server.on('close', () => down.send(options.delay ?? 0, () => client.end()));
}

/** One direction of a connection: what is sent arrives in its order, a delay later. */
class Line {
  /** @type {{ due: number, action: () => void }[]} */
  #queue = [];

  /**
   * @param {number} delay milliseconds
   * @param {() => void} action
   */
  send(delay, action) {
    if (delay === 0 && this.#queue.length === 0) return action();
    this.#queue.push({ due: performance.now() + delay, action });
    if (this.#queue.length === 1) this.#run();
  }

  // Timers have whole milliseconds, and are late: the last two are waited out, for what is measured here is round trips.
  #run = () => {
    for (;;) {
      const [first] = this.#queue;
      if (first === undefined) return;
      const wait = first.due - performance.now();
      if (wait > 2) return void setTimeout(this.#run, wait - 2);
      if (wait > 0) return void setImmediate(this.#run);
      first.action();
      this.#queue.shift();
    }
  };
}

/**
 * @param {Set<net.Socket>} open
 * @param {net.Socket} socket
 */
export function track(open, socket) {
  open.add(socket);
  socket.on('error', () => {});
  socket.on('close', () => open.delete(socket));
}

/**
 * Breaks a connection off as a machine that goes away does.
 *
 * @param {net.Socket} socket
 */
export function resetSocket(socket) {
  // While its end is on the way a reset fails, and Node 20 then never comes to its own end.
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

/**
 * @param {net.Server} listener
 * @returns {Promise<number>} the port
 */
export function listening(listener) {
  return new Promise((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(0, '127.0.0.1', () => {
      resolve(/** @type {net.AddressInfo} */ (listener.address()).port);
    });
  });
}
