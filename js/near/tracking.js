/**
 * Server-assisted invalidation: beside each connection that reads, another one to the same server on which it names the keys that
 * change. So a value is kept only where the node that it was read from tells of its changes: one server, the primary that Sentinels
 * name, or each node of a cluster that was asked for a key, whatever slots it has.
 *
 * It belongs to the I/O context whose connections it follows. It has no timers: reads check it.
 * @module
 */
import { now } from '../core/clock.js';
import { ServerError } from '../errors/classes.js';
import { TrackingConnection } from './tracking-connection.js';

/** @import { Sockets } from '../core/sockets.js' */
/** @import { CacheError } from '../errors/classes.js' */
/** @import { Address } from '../transports/types.js' */
/** @import { NearStore } from './store.js' */
/** @import { TrackingSource } from './tracking-connection.js' */

/** The pause after a loss, in milliseconds. */
const RETRY_AFTER = 1000;
/** How many spaces there were. */
let spaces = 0;

export class Tracking {
  #sockets;
  #source;
  #store;
  #onError;
  #maxNodes;
  /** By the id of the connection beside which each stands. @type {Map<number, TrackingConnection>} */
  #connections = new Map();
  /** Whether some connection is missing. */
  #isIncomplete = true;
  /** Where values are kept whose changes are told. @type {string | null} */
  #space = null;
  #retryAt;
  /** Whether the servers cannot do it. */
  #isUnable = false;
  /** Whether it was told that it fails. */
  #isReported = false;

  /**
   * @param {Sockets} sockets the connections that read
   * @param {TrackingSource} source
   * @param {NearStore} store
   * @param {(error: CacheError) => void} onError
   * @param {{ maxNodes: number, delay: number }} limits how many nodes may be tracked at once, and when to begin, in milliseconds
   */
  constructor(sockets, source, store, onError, { maxNodes, delay }) {
    this.#sockets = sockets;
    this.#source = source;
    this.#store = store;
    this.#onError = onError;
    this.#maxNodes = maxNodes;
    this.#retryAt = now() + delay;
  }

  /**
   * The space of the values that may be used now, and in which new ones are kept. Where it is not certain that all changes are
   * told, it sees to it.
   *
   * @returns {string | undefined} '' where the servers cannot do it: then the timeout alone decides
   */
  check() {
    if (this.#isUnable) return '';
    const time = now();
    if (this.#isIncomplete && time >= this.#retryAt) this.#follow();
    let isCertain = !this.#isIncomplete;
    for (const connection of this.#connections.values()) {
      if (!connection.check(time)) isCertain = false;
    }
    return isCertain && !this.#isIncomplete ? (this.#space ??= this.#begin()) : undefined;
  }

  // ---- What happens to the connections that read

  /** There is another one: until it is tracked, nothing is known of what it reads. */
  opened() {
    this.#end();
    if (this.#addresses().length > this.#maxNodes) this.#closeAll();
  }

  /** All of them were closed, in their own I/O context. */
  closed() {
    this.#closeAll();
    this.#end();
  }

  /** They are no more, and the I/O context neither. */
  freed() {
    this.#end();
  }

  // ---- Connections

  #follow() {
    const wanted = this.#addresses();
    if (wanted.length > this.#maxNodes) return this.#report(tooMany(this.#maxNodes));
    this.#closeOthers(new Set(wanted.map(([id]) => id)));
    for (const [id, address] of wanted) if (!this.#connections.has(id)) this.#open(id, address);
    this.#isIncomplete = this.#connections.size === 0;
  }

  /** Where those lead that read, with their ids. Sentinels hold no data. */
  #addresses() {
    return this.#sockets.all.flatMap(([id, { address }]) =>
      address && address.role === undefined ? [/** @type {const} */ ([id, address])] : [],
    );
  }

  /**
   * @param {number} id
   * @param {Address} address
   */
  #open(id, address) {
    const connection = new TrackingConnection(this.#source, address, {
      changed: (key) => this.#space !== null && this.#store.evictEntry(this.#space + key),
      flushed: () => this.#endSpace(),
      lost: () => {
        if (this.#connections.get(id) === connection) this.#connections.delete(id);
        this.#retryAt = now() + RETRY_AFTER;
        this.#end();
      },
      failed: (error, isUnable) => {
        this.#report(error);
        if (isUnable) this.closed();
        this.#isUnable ||= isUnable;
      },
    });
    this.#connections.set(id, connection);
  }

  /** @param {Set<number>} ids of those that stay */
  #closeOthers(ids) {
    for (const [id, connection] of this.#connections) {
      if (ids.has(id)) continue;
      this.#connections.delete(id);
      connection.close();
    }
  }

  #closeAll() {
    this.#closeOthers(new Set());
  }

  /** @param {CacheError} error */
  #report(error) {
    const isKnown = this.#isReported;
    // The user's function may read by the same cache.
    this.#isReported = true;
    if (!isKnown) this.#onError(error);
  }

  // ---- What is known

  #begin() {
    this.#isReported = false;
    const space = `${++spaces}:`;
    this.#store.spaces.add(space);
    return space;
  }

  #end() {
    this.#isIncomplete = true;
    this.#endSpace();
  }

  #endSpace() {
    if (this.#space === null) return;
    this.#store.spaces.delete(this.#space);
    this.#store.clear(this.#space);
    this.#space = null;
  }
}

/** @param {number} maxNodes */
function tooMany(maxNodes) {
  return new ServerError(
    'UNTRACKED',
    `the near cache is not used, since more than ${maxNodes} nodes were asked for keys, and near.tracking takes a connection to each: leave it out, and choose a short near.timeout`,
  );
}
