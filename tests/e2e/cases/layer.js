/**
 * The cases about what cachelib has not.
 */
import { cases as asyncSerializers } from './async-serializers.js';
import { cases as getOrSet } from './get-or-set.js';
import { cases as failures } from './get-or-set-failures.js';
import { cases as leases } from './get-or-set-leases.js';
import { cases as recursion } from './get-or-set-recursion.js';
import { cases as stale } from './get-or-set-stale.js';
import { cases as waiting } from './get-or-set-waiting.js';
import { cases as memoize } from './memoize.js';
import { cases as reports } from './reports.js';
import { cases as smallMethods } from './small-methods.js';
import { cases as tags } from './tags.js';

export const layer = [
  ...smallMethods,
  ...getOrSet,
  ...stale,
  ...waiting,
  ...failures,
  ...recursion,
  ...leases,
  ...memoize,
  ...asyncSerializers,
  ...tags,
  ...reports,
];
