/**
 * Where the nodes of a cluster are, or those that Sentinels watch.
 * @module
 */
import { ConnectionError } from '../errors/classes.js';

/** @import { Address } from '../transports/types.js' */
/** @import { CacheOptions } from './types.js' */

/**
 * @typedef {object} NodeOptions
 * @property {Address[]} seeds the hosts that the user has named
 * @property {Address['tls']} tls of all others
 * @property {CacheOptions['nodeAddressMap']} nodeAddressMap
 */

/** `host:port`. */
const MAPPED = /^[^\s#]{1,255}:\d{1,5}$/;

/**
 * The address of a node, as of `Installation.locate`.
 *
 * @param {NodeOptions} nodes
 * @param {number} index
 * @param {string | null} text
 * @returns {Address}
 * @throws {ConnectionError} where `nodeAddressMap` gives no address
 */
export function locateNode({ seeds, tls, nodeAddressMap }, index, text) {
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
