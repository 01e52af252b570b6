/**
 * The buses of a cluster's nodes behind proxies, so that nodes can be cut off from the others, as where a network is divided.
 */
import net from 'node:net';
import { listening, track } from './proxy.js';

/** Where the header of a message has the name of its sender: `clusterMsg` of Redis' cluster.h. */
const SENDER = /** @type {const} */ ([40, 80]);

/** @typedef {{ ends: string[], close(): void }} Link the names of both nodes, as soon as they are known */

export class BusNetwork {
  /** The names of nodes. @type {Set<string>} */
  #cutOff = new Set();
  /** @type {Set<Link>} */
  #links = new Set();
  /** @type {Set<net.Socket>} */
  #sockets = new Set();
  /** @type {net.Server[]} */
  #listeners = [];

  /**
   * @param {number} port of a node's bus
   * @param {() => string} nameOf that node
   * @returns {Promise<number>} the port by which others reach it
   */
  async addNode(port, nameOf) {
    const listener = net.createServer((socket) => this.#join(socket, port, nameOf));
    this.#listeners.push(listener);
    return listening(listener);
  }

  /**
   * @param {net.Socket} socket
   * @param {number} port
   * @param {() => string} nameOf
   */
  #join(socket, port, nameOf) {
    const bus = net.connect({ port, host: '127.0.0.1' });
    const ends = [socket, bus];
    /** @type {Link} */
    const link = { ends: [], close: () => ends.forEach((end) => end.destroy()) };
    this.#links.add(link);
    for (const end of ends) {
      track(this.#sockets, end);
      end.on('close', () => {
        link.close();
        this.#links.delete(link);
      });
    }
    socket.once('data', (message) => {
      link.ends = [nameOf(), message.toString('latin1', ...SENDER)];
      this.#check(link);
    });
    socket.pipe(bus).pipe(socket);
  }

  /**
   * No message passes between the node and any other from here on.
   *
   * @param {string} name
   */
  cutOff(name) {
    this.#cutOff.add(name);
    for (const link of this.#links) this.#check(link);
  }

  /** All messages pass again. */
  join() {
    this.#cutOff.clear();
  }

  /** @param {Link} link */
  #check(link) {
    if (link.ends.some((name) => this.#cutOff.has(name))) link.close();
  }

  stop() {
    for (const socket of this.#sockets) socket.destroy();
    for (const listener of this.#listeners) listener.close();
  }
}
