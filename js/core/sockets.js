/**
 * The sockets of a driver, by connection id: mostly one.
 * @module
 */
import { Socket } from './socket.js';

/** @import { Connector } from '../transports/types.js' */
/** @import { Counters } from './counters.js' */
/** @import { Installation } from './installation.js' */

/**
 * @typedef {object} SocketOwner
 * @property {() => boolean} isBusy whether events must wait
 * @property {() => boolean} isClosed whether no event is wanted any more
 * @property {(connectionId: number) => void} opened
 * @property {(connectionId: number, chunk: Uint8Array) => void} received
 * @property {(connectionId: number) => void} progressed
 * @property {(connectionId: number) => void} closed
 *
 * @typedef {object} SocketObserver
 * @property {() => void} opened there is another one
 * @property {() => void} closed all were closed, in their own I/O context
 * @property {() => void} freed they are used no more, and may belong to an I/O context that has ended
 */

/** The bits of a connection's id that number its node. */
const NODE_MASK = 0xfff;

export class Sockets {
  #connect;
  #installation;
  #counters;
  #owner;
  /** Those that are open or being opened. @type {Map<number, Socket>} */
  #sockets = new Map();
  /** @type {SocketObserver | null} */
  observer = null;

  /**
   * @param {Connector} connect
   * @param {Installation} installation
   * @param {Counters} counters
   * @param {SocketOwner} owner
   */
  constructor(connect, installation, counters, owner) {
    this.#connect = connect;
    this.#installation = installation;
    this.#counters = counters;
    this.#owner = owner;
  }

  /**
   * @param {number} id
   * @param {number} index of a configured server, where there is no text
   * @param {string | null} text the node's address, as the servers tell it
   */
  open(id, index, text) {
    const owner = this.#owner;
    const installation = this.#installation;
    const endpoint = installation.endpoint(id & NODE_MASK, text);
    const isWanted = () => {
      if (owner.isClosed()) socket.close();
      return !owner.isClosed() && this.#sockets.get(id) === socket;
    };
    const socket = new Socket(
      (events) => {
        endpoint.address = installation.locate(index, text);
        return this.#connect(endpoint.address, events);
      },
      {
        opened: () => {
          if (!isWanted()) return;
          endpoint.closeReason = undefined;
          owner.opened(id);
        },
        received: (chunk) => {
          if (isWanted()) owner.received(id, chunk);
        },
        progressed: () => {
          if (isWanted()) owner.progressed(id);
        },
        closed: (error) => {
          if (!isWanted()) return;
          this.#sockets.delete(id);
          endpoint.closeReason = error;
          owner.closed(id);
        },
      },
      owner.isBusy,
      this.#counters,
    );
    socket.address = endpoint.address;
    this.#sockets.set(id, socket);
    this.observer?.opened();
  }

  /** Those that are open or being opened, with their ids. */
  get all() {
    return [...this.#sockets];
  }

  /** @param {number} id */
  get(id) {
    return this.#sockets.get(id);
  }

  /** @param {number} id */
  close(id) {
    this.#sockets.get(id)?.close();
    this.#sockets.delete(id);
  }

  closeAll() {
    for (const id of this.#sockets.keys()) this.close(id);
    this.observer?.closed();
  }

  /** @param {boolean} isAlive whether they are to keep the process alive */
  keepAlive(isAlive) {
    for (const socket of this.#sockets.values()) socket.keepAlive(isAlive);
  }
}
