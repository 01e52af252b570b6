/**
 * The options that the cache layer and several servers add, and what each may be.
 * @module
 */
import { isObject } from './check.js';
import {
  BOOLEAN,
  FINITE_SECONDS,
  integer,
  isFunction,
  object,
  orNull,
  RETRY_OPTIONS,
  SERVER_OPTIONS as SINGLE_SERVER_OPTIONS,
  STRING,
  TLS,
  VIEW_OPTIONS as PLAIN_VIEW_OPTIONS,
} from './schema.js';

/** @import { Schema } from './check.js' */

const NEAR = object({
  timeout: FINITE_SECONDS,
  maxBytes: integer(1, Number.MAX_SAFE_INTEGER),
  tracking: BOOLEAN,
});

/** @type {Schema} */
export const VIEW_OPTIONS = { ...PLAIN_VIEW_OPTIONS, near: orNull(NEAR) };

/** They are up to the client where one is the host. @type {Schema} */
export const SERVER_OPTIONS = {
  ...SINGLE_SERVER_OPTIONS,
  cluster: BOOLEAN,
  sentinel: object({ name: STRING, username: STRING, password: STRING, tls: TLS }),
  readFrom: [
    "'primary' or 'preferReplica'",
    (value) => value === 'primary' || value === 'preferReplica',
  ],
  nodeAddressMap: [
    "an object or a function from 'host:port' to 'host:port'",
    (value) => isObject(value) || isFunction(value),
  ],
  maxConnections: integer(1, 65535),
};

/** All options of a cache. */
export const CACHE_OPTIONS = { ...VIEW_OPTIONS, ...SERVER_OPTIONS, ...RETRY_OPTIONS };
