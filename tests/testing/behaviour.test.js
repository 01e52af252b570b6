/** The behaviour suite, with the in-memory server in place of Redis. */

import { runSuite } from '../support/run-suite.js';
import { cases as args } from '../e2e/cases/arguments.js';
import { cases as keys } from '../e2e/cases/keys.js';
import { layer } from '../e2e/cases/layer.js';
import { cases as lifecycle } from '../e2e/cases/lifecycle.js';
import { cases as many } from '../e2e/cases/many.js';
import { cases as methods } from '../e2e/cases/methods.js';
import { cases as timeouts } from '../e2e/cases/timeouts.js';
import { cases as values } from '../e2e/cases/values.js';
import { startMemoryRedis } from './memory-redis.js';

/** What a server in memory has not: statistics, users, KEEPTTL, and a Unix socket. */
const OF_REDIS = /INFO|commandstats|'ACL'|KEEPTTL|Unix socket/i;

const all = [methods, values, keys, timeouts, many, lifecycle, args];
const cases = [...all.flat(), ...layer].filter(({ run }) => !OF_REDIS.test(String(run)));

runSuite('node', new URL('../e2e/programs/node.js', import.meta.url), cases, [], startMemoryRedis);
