/**
 * What all drivers of a cache share of its servers: what the core knows of them, where each is, and what the transport said last.
 * It belongs to no I/O context: on workerd it lives as long as the isolate.
 * @module
 */
import { CacheError, ConnectionError } from '../errors/classes.js';
import { errorFromCore } from '../errors/from-core.js';

/** @import { Installation as CoreInstallation } from '../../pkg/core.js' */
/** @import { Cause } from '../errors/advice.js' */
/** @import { NodeOptions, Server } from '../options/types.js' */
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

/** `host:port`. */
const MAPPED = /^[^\s#]{1,255}:\d{1,5}$/;

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
   * @throws {ConnectionError} where `nodeAddressMap` gives no address
   */
  locate(index, text) {
    const { nodes, address } = this.#server;
    return nodes === undefined ? address : locateNode(nodes, index, text);
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

/**
 * @param {NodeOptions} nodes
 * @param {number} index
 * @param {string | null} text
 * @returns {Address}
 */
function locateNode({ seeds, tls, nodeAddressMap }, index, text) {
  const seed = seeds[index] ?? /** @type {Address} */ (seeds[0]);
  const announced = text === null ? seed : { ...parseAddress(text, seeds), tls };
  const { hostname, port } = mapAddress(announced, nodeAddressMap);
  return { ...announced, hostname, port, tls: tlsFor(hostname, announced.tls) };
}

/**
 * @param {string} text `host:port`, or `#index:port`
 * @param {Address[]} seeds
 */
function parseAddress(text, seeds) {
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, colon).replace(/^\[|\]$/g, '');
  const hostname = host[0] === '#' ? (seeds[Number(host.slice(1))]?.hostname ?? '') : host;
  return { hostname, port: Number(text.slice(colon + 1)) };
}

/**
 * @param {Pick<Address, 'hostname' | 'port'>} address
 * @param {NodeOptions['nodeAddressMap']} map
 * @returns {Pick<Address, 'hostname' | 'port'>}
 */
function mapAddress(address, map) {
  if (map === undefined) return address;
  const text = `${address.hostname}:${address.port}`;
  /** @type {unknown} */
  let cause;
  try {
    const mapped = typeof map === 'function' ? map(text) : Object.hasOwn(map, text) && map[text];
    if (mapped === undefined || mapped === false) return address;
    const found = parseAddress(MAPPED.test(mapped) ? mapped : '', []);
    if (found.port > 0 && found.port < 65536) return found;
  } catch (error) {
    cause = error;
  }
  const message = `nodeAddressMap gives no 'host:port' for ${text}`;
  throw new ConnectionError('INVALID_ADDRESS', message, { cause });
}

/**
 * One server name cannot be that of all nodes: it stands for those without a name of their own.
 *
 * @param {string} hostname
 * @param {Address['tls']} tls
 */
function tlsFor(hostname, tls) {
  const isAddress = /^[\d.]+$|:/.test(hostname);
  if (typeof tls !== 'object' || isAddress) return tls;
  const { ca, cert, key } = tls;
  return { ca, cert, key };
}
