/**
 * The behaviour of the package, as cases that run unchanged in every runtime.
 */
import { cases as args } from './cases/arguments.js';
import { cases as connectors } from './cases/connectors.js';
import { cases as failures } from './cases/failures.js';
import { cases as keys } from './cases/keys.js';
import { cases as lifecycle } from './cases/lifecycle.js';
import { cases as many } from './cases/many.js';
import { cases as methods } from './cases/methods.js';
import { cases as server } from './cases/server.js';
import { cases as timeouts } from './cases/timeouts.js';
import { cases as tls } from './cases/tls.js';
import { cases as values } from './cases/values.js';

export const cases = [
  ...methods,
  ...values,
  ...keys,
  ...timeouts,
  ...many,
  ...server,
  ...tls,
  ...failures,
  ...lifecycle,
  ...connectors,
  ...args,
];

/** What shows that a runtime of another version can do all that is needed of it. */
export const essential = [...methods, ...many, ...server, ...tls, ...failures];
