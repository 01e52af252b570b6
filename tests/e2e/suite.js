/**
 * The behaviour of the package, as cases that run unchanged in every runtime.
 */
import { cases as args } from './cases/arguments.js';
import { cases as connectors } from './cases/connectors.js';
import { cases as failures } from './cases/failures.js';
import { cases as faultyServers } from './cases/faulty-servers.js';
import { cases as keys } from './cases/keys.js';
import { layer } from './cases/layer.js';
import { cases as lifecycle } from './cases/lifecycle.js';
import { cases as many } from './cases/many.js';
import { cases as methods } from './cases/methods.js';
import { cases as near } from './cases/near.js';
import { cases as nearTracking } from './cases/near-tracking.js';
import { cases as server } from './cases/server.js';
import { cases as timeouts } from './cases/timeouts.js';
import { cases as tls } from './cases/tls.js';
import { cases as values } from './cases/values.js';
import { cases as views } from './cases/views.js';

/** What needs no cache layer, and does not ask what the server is. */
const anywhere = [
  ...methods,
  ...values,
  ...keys,
  ...timeouts,
  ...many,
  ...args,
  ...lifecycle,
  ...views,
];

/** What a cluster has not: several databases, and one connection. */
const NOT_OF_CLUSTERS = [
  'methods: clear without a prefix empties the database, and no other',
  'near: entries of other databases and prefixes are not mixed',
  'many: the calls of one tick leave in one write',
  'many: calls that follow each other on one connection use one round trip each',
  'near: getMany and getDict ask for what is missing, in one round trip',
];

/**
 * The cases that run unchanged on a cluster and behind Sentinels. The others are about one connection or one server: connectors,
 * failures, faulty servers, tracking, the server, TLS. Failures, tracking and TLS of clusters are in tests/cluster/.
 *
 * @param {'cluster' | 'sentinel'} deployment
 */
export function casesOn(deployment) {
  const others = deployment === 'cluster' ? NOT_OF_CLUSTERS : [];
  return [...anywhere, ...layer, ...near].filter(({ name }) => !others.includes(name));
}

/**
 * Enough of them to see that a deployment works.
 *
 * @param {'cluster' | 'sentinel'} deployment
 */
export function fewCasesOn(deployment) {
  return casesOn(deployment).filter(({ name }) =>
    /^(methods|keys|timeouts|lifecycle|views|small methods|getOrSet[\w ]*|memoize|tags|reports|near):/.test(
      name,
    ),
  );
}

/** What needs no cache layer. */
const plain = [...anywhere, ...server, ...tls, ...failures, ...faultyServers, ...connectors];

export const cases = [...plain, ...layer, ...near, ...nearTracking];

/** What shows that a runtime of another version can do all that is needed of it. */
export const essential = [...methods, ...many, ...server, ...tls, ...failures, ...faultyServers];

const ABOUT_THE_LAYER = [
  'keys: a prefix function is called once for an operation of several calls',
  'arguments: a signal that is aborted, and wrong keys, reject with near as without it',
  'arguments: the message for options that are none says what they are',
];

/** What `cachelib-edge/lite` can do as well. */
export const liteCases = plain.filter(({ name }) => !ABOUT_THE_LAYER.includes(name));
