/**
 * What all drivers of a cache share of its servers: what the core knows of them, where each is, and what the transport said last.
 * It belongs to no I/O context: on workerd it lives as long as the isolate.
 * @module
 */
import { CacheError } from '../errors/classes.js';
import { errorFromCore } from '../errors/from-core.js';

/** @import { Installation as CoreInstallation } from '../../pkg/core.js' */
/** @import { Cause } from '../errors/advice.js' */
/** @import { Server } from '../options/types.js' */
/** @import { Address } from '../transports/types.js' */
/** @import { Call } from '../call.js' */
/** @import { Instance } from './instance.js' */
/** @import { Detail } from './report.js' */

/**
 * What is known of the node at one address.
 *
 * @typedef {object} Endpoint
 * @property {string | null} text the address as the servers tell it; null for the user's own host
 * @property {Address} [address] where it was last connected to
 * @property {unknown} [closeReason] what the transport said when its last connection ended
 */

export class Installation {
  #server;
  #causes;
  /** By the number of the node, which may come to stand for another address. @type {Map<number, Endpoint>} */
  #endpoints = new Map();
  /** By instance of the core, whose memory it must not keep. @type {WeakMap<Instance, CoreInstallation>} */
  #cores = new WeakMap();

  /**
   * @param {Server} server
   * @param {Cause[]} causes what the runtime says when there is no connection
   */
  constructor(server, causes) {
    this.#server = server;
    this.#causes = causes;
  }

  /**
   * The part that is in an instance of the core. A fresh instance has one that knows nothing.
   *
   * @param {Instance} instance
   */
  in(instance) {
    let core = this.#cores.get(instance);
    if (core === undefined) {
      core = instance.createInstallation();
      this.#cores.set(instance, core);
    }
    return core;
  }

  /** The options of its cores: no getter, since those are shown by `inspect` with `getters`. */
  options() {
    return this.#server.core;
  }

  /**
   * @param {number} node
   * @param {string | null} text
   */
  endpoint(node, text) {
    let endpoint = this.#endpoints.get(node);
    if (endpoint?.text !== text) {
      endpoint = { text };
      this.#endpoints.set(node, endpoint);
    }
    return endpoint;
  }

  /**
   * The address to connect to.
   *
   * @param {number} index of the host that the user has named
   * @param {string | null} text `host:port`, as a node or a Sentinel tells it, or `#index:port` where it tells no host; null for
   *   the user's own host
   * @throws {import('../errors/classes.js').ConnectionError} where `nodeAddressMap` gives no address
   */
  locate(index, text) {
    const { locate, address } = this.#server;
    return locate === undefined ? address : locate(index, text);
  }

  /**
   * The error of a failure.
   *
   * @param {Detail} detail
   * @param {Call} call
   */
  errorOf = ([code, text, , node, failedAgo, retryIn], call) => {
    const { timeoutMs, signal } = call.settings;
    const { address, core } = this.#server;
    const endpoint = this.#endpoints.get(node);
    const cause = code === 'ABORTED' ? signal?.reason : endpoint?.closeReason;
    // A transport that knows the reason reports it as an error for the caller.
    if (cause instanceof CacheError && (code === 'UNREACHABLE' || code === 'CONNECTION_LOST')) {
      return cause;
    }
    return errorFromCore(code, text, {
      address: endpoint?.address ?? address,
      mode: core.mode,
      timeoutMs,
      cause,
      causes: this.#causes,
      failedAgo,
      retryIn,
    });
  };
}
