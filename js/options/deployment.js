/**
 * How the servers belong together: one, a Redis Cluster, or a primary that Sentinels watch. Reads the URLs and options that name
 * several servers. As in url.js, no message shows any part of a URL.
 * @module
 */
import { invalidOption } from './check.js';
import { locateNode } from './node-address.js';
import { decode, invalidHost, invalidUrl, isUrl, parseHost } from './url.js';

/** @import { ParsedUrl } from './url.js' */
/** @import { CacheOptions, Server } from './types.js' */

/**
 * @typedef {'single' | 'cluster' | 'sentinel'} Kind
 *
 * @typedef {object} Deployment
 * @property {Kind} kind
 * @property {[ParsedUrl, ...ParsedUrl[]]} seeds the hosts that were named. The first has what the URL says of all
 * @property {string} [name] the primary's, to the Sentinels
 */

/** @type {Record<Kind, number>} */
export const DEFAULT_PORTS = { single: 6379, cluster: 6379, sentinel: 26379 };

/** `redis+cluster:`, `redis+sentinel:` as Python's tools write them, and `redis-sentinel:` as lettuce does. */
const SCHEME = /^((?:redis|valkey)s?)[+-](cluster|sentinel):\/\/([^/?#]*@)?([^/?#]*)(.*)$/is;
/** What follows the hosts: `/name/db`, `/name` where that is not a number, or lettuce's `/db?sentinelMasterId=name` and `/db#name`. */
const NAME_IN_PATH = /^\/([^/?#]*[^\d/?#][^/?#]*|\d+(?=\/\d))((?:\/\d*)?(?:\?db=.*)?)$/;
const NAME_IN_QUERY = /^([^?#]*)(?:\?sentinelMasterId=|#)([^&#]+)$/;
/** What the user is told to choose from. */
const WHICH = "cluster: true, or sentinel: { name: 'mymaster' }";
/** The core has room for so many. */
const MAX_SEEDS = 64;

/**
 * @param {unknown} host
 * @param {CacheOptions} options
 * @returns {Deployment}
 */
export function parseDeployment(host, options) {
  const { kind = kindOf(options), seeds, name } = parseHosts(host);
  const deployment = { kind, seeds, name: options.sentinel?.name ?? name };
  if (kind === 'single') checkSingle(seeds.length, options);
  else checkMany(deployment, options);
  return deployment;
}

/**
 * @param {unknown} host
 * @returns {Partial<Deployment> & Pick<Deployment, 'seeds'>}
 */
function parseHosts(host) {
  if (Array.isArray(host)) return { seeds: parseSeeds(host) };
  return parseDeploymentUrl(host) ?? { seeds: [parseHost(host)] };
}

/**
 * The server, with what makes it several.
 *
 * @param {Server} server the first host, as if it were the only one
 * @param {Deployment} deployment
 * @param {CacheOptions} options
 * @returns {Server}
 */
export function withDeployment(server, { kind, seeds: hosts, name }, options) {
  if (kind === 'single') return server;
  const { sentinel, readFrom, nodeAddressMap, maxConnections } = options;
  const { address, core } = server;
  const { tls } = address;
  const ofSentinel = sentinelAddress(kind, sentinel?.tls ?? tls);
  const [, ...others] = hosts.map(({ hostname, port = DEFAULT_PORTS[kind] }) => ({
    hostname,
    port,
    tls,
    ...ofSentinel,
  }));
  const first = { ...address, ...ofSentinel };
  const seeds = [first, ...others];
  return {
    ...server,
    address: first,
    locate: (index, text) => locateNode({ seeds, tls, nodeAddressMap }, index, text),
    core: {
      ...core,
      mode: kind === 'cluster' ? 1 : 2,
      seeds: hosts.length,
      preferReplica: readFrom === 'preferReplica',
      preferHostnames: tls !== false,
      maxConnections,
      masterName: name,
      sentinelUsername: sentinel?.username,
      sentinelPassword: sentinel?.password,
    },
  };
}

/**
 * What the address of a Sentinel has of its own.
 *
 * @param {Kind} kind
 * @param {Server['address']['tls']} tls
 */
function sentinelAddress(kind, tls) {
  return kind === 'sentinel' ? { tls, role: /** @type {const} */ ('sentinel') } : null;
}

/**
 * @param {CacheOptions} options
 * @returns {Kind}
 */
function kindOf({ cluster, sentinel }) {
  if (cluster) return 'cluster';
  return sentinel ? 'sentinel' : 'single';
}

/**
 * @param {number} count of hosts
 * @param {CacheOptions} options
 */
function checkSingle(count, { readFrom, nodeAddressMap, maxConnections }) {
  if (count > 1) throw invalidOption(`the host is a list: say ${WHICH}`);
  if (readFrom === 'preferReplica' || nodeAddressMap || maxConnections) {
    throw invalidOption(
      `options 'readFrom', 'nodeAddressMap' and 'maxConnections' are for several servers: say ${WHICH}`,
    );
  }
}

/**
 * @param {Deployment} deployment
 * @param {CacheOptions} options
 */
function checkMany({ kind, seeds, name }, { cluster, sentinel, port }) {
  const isCluster = kind === 'cluster';
  if (cluster !== undefined && cluster !== isCluster) {
    throw invalidOption(`option 'cluster' is ${cluster}, and the URL says otherwise`);
  }
  if (isCluster && sentinel) {
    throw invalidOption("a cluster has no Sentinels: leave 'cluster' or 'sentinel' out");
  }
  if (!isCluster && !name) {
    throw invalidOption(
      "the Sentinels need the primary's name: redis+sentinel://…/mymaster, or sentinel: { name: 'mymaster' }",
    );
  }
  if (seeds[0].path !== undefined) throw invalidHost('a Unix socket, which has no other nodes');
  if (port !== undefined && seeds.length > 1) {
    throw invalidOption("option 'port' is for one host: write ['a:6379', 'b:6379']");
  }
}

/**
 * `redis+cluster://user:password@a:6379,b:6379/db` or `redis+sentinel://…/name/db`. `URL` takes no list of hosts with ports, so
 * it reads the rest of the URL with one host in its place.
 *
 * @param {unknown} host
 * @returns {Deployment | undefined} undefined when it is none of these
 */
function parseDeploymentUrl(host) {
  const parts = SCHEME.exec(isUrl(host) || typeof host === 'string' ? String(host) : '');
  if (parts === null) return undefined;
  const [, scheme, kind, user = '', hosts = '', rest = ''] = parts;
  const isSentinel = kind?.toLowerCase() === 'sentinel';
  const { name, path } = isSentinel ? takeName(rest) : { name: undefined, path: rest };
  const [first, ...others] = parseSeeds(hosts.split(','));
  const common = parseHost(`${scheme}://${user}host${path}`);
  return {
    kind: isSentinel ? 'sentinel' : 'cluster',
    seeds: [{ ...common, ...first }, ...others],
    name,
  };
}

/**
 * Takes the name of the primary out of what follows the hosts.
 *
 * @param {string} rest
 */
function takeName(rest) {
  const inPath = NAME_IN_PATH.exec(rest);
  if (inPath) return { name: decode(inPath[1] ?? ''), path: inPath[2] ?? '' };
  const inQuery = NAME_IN_QUERY.exec(rest);
  if (inQuery) return { name: decode(inQuery[2] ?? ''), path: inQuery[1] ?? '' };
  return { name: undefined, path: rest };
}

/**
 * @param {unknown[]} hosts each `host`, `host:port` or `[IPv6]:port`
 * @returns {[ParsedUrl, ...ParsedUrl[]]}
 */
function parseSeeds(hosts) {
  if (hosts.length === 0 || hosts.length > MAX_SEEDS) {
    throw invalidOption(`the host is a list of ${hosts.length}: name from 1 to ${MAX_SEEDS}`, true);
  }
  return /** @type {[ParsedUrl, ...ParsedUrl[]]} */ (hosts.map(parseSeed));
}

/**
 * @param {unknown} host
 * @returns {ParsedUrl}
 */
function parseSeed(host) {
  if (typeof host !== 'string' || !/^(\[[^\]]+\]|[^:/?#@[\]\s]+)(:\d+)?$/.test(host)) {
    throw invalidUrl("each host of a list is a name or an address, with ':port' or without");
  }
  const { hostname, port } = parseHost(`redis://${host}`);
  return { hostname, ...(port && { port }) };
}
