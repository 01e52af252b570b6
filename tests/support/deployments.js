/**
 * What the suite runs on besides one server: a cluster, and a primary behind Sentinels. Each has the shape of a server of
 * redis.js, as far as the cases need it.
 */
import { startCluster } from './cluster.js';
import { startRedis } from './redis.js';
import { PRIMARY_NAME, startSentinels } from './sentinel.js';

/** @import { RedisServer } from './redis.js' */

/** @typedef {'single' | 'cluster' | 'sentinel'} Deployment */

/**
 * What a deployment of several servers says beside.
 *
 * @typedef {object} Several
 * @property {number[]} ports of the servers with the data
 * @property {(port: number) => string} urlAt `url`, with this port of loopback as the only host
 * @property {(port: number) => string} urlThrough `url` where the servers are reached through proxies, of which this is the first one's port
 */

/** @type {Record<Deployment, () => Promise<any>>} */
const starters = {
  single: () => startRedis({ unixSocket: true }),
  cluster: async () => serverOfCluster(await startCluster()),
  sentinel: async () => serverOfSentinels(await startSentinels()),
};

/**
 * @param {Deployment} deployment
 * @returns {Promise<RedisServer & { several?: Several }>}
 */
export function startDeployment(deployment) {
  return starters[deployment]();
}

/** @param {import('./cluster.js').Cluster} cluster */
function serverOfCluster(cluster) {
  const { url } = cluster;
  const [{ port }] = /** @type {[import('./cluster.js').Node]} */ (cluster.nodes);
  const urlAt = (/** @type {number} */ any) => `redis+cluster://127.0.0.1:${any}`;
  const client = {
    send: (/** @type {any[]} */ ...args) => sendToCluster(cluster, args),
    close() {},
  };
  return {
    hostname: '127.0.0.1',
    port,
    url,
    client: async () => client,
    stop: () => cluster.stop(),
    several: { ports: cluster.nodes.map((node) => node.port), urlAt, urlThrough: urlAt },
  };
}

/**
 * Has those nodes execute a command that it concerns, and puts their answers together.
 *
 * @param {import('./cluster.js').Cluster} cluster
 * @param {any[]} args
 * @returns {Promise<any>}
 */
async function sendToCluster(cluster, args) {
  const [name, key, ...rest] = args;
  switch (name) {
    case 'ACL':
    case 'CONFIG':
    case 'FLUSHALL':
      return (await cluster.onPrimaries(...args))[0];
    case 'DBSIZE':
      return (await cluster.onPrimaries(...args)).reduce((sum, size) => sum + size, 0);
    case 'KEYS':
      return (await cluster.onPrimaries(...args)).flat();
    case 'INFO':
      return Buffer.concat(await cluster.onPrimaries(...args));
    case 'MSET':
      await cluster.send('SET', key, rest[0]);
      return rest.length > 1 ? sendToCluster(cluster, ['MSET', ...rest.slice(1)]) : 'OK';
    default:
      return cluster.send(name, key, ...rest);
  }
}

/** @param {import('./sentinel.js').Sentinels} sentinels */
function serverOfSentinels(sentinels) {
  const [{ hostname, port }] = /** @type {[RedisServer]} */ (sentinels.servers);
  const url = `${sentinels.url}/0`;
  return {
    hostname,
    port,
    url,
    client: async () => (await sentinels.primary()).client(),
    stop: () => sentinels.stop(),
    several: {
      ports: sentinels.servers.map((server) => server.port),
      urlAt: (/** @type {number} */ any) => `redis+sentinel://127.0.0.1:${any}/${PRIMARY_NAME}/0`,
      urlThrough: () => url,
    },
  };
}
