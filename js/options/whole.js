/**
 * What a cache of the whole package takes as its host and options: one server, several, or a Redis client.
 * @module
 */
import { enableNear } from '../near/near-cache.js';
import { isClient, serverOfClient } from './client.js';
import { DEFAULT_PORTS, parseDeployment, withDeployment } from './deployment.js';
import { serverAt } from './server.js';
import { CACHE_OPTIONS, VIEW_OPTIONS } from './whole-schema.js';

/** @type {import('../core/types.js').Features} */
export const WHOLE = {
  cacheOptions: CACHE_OPTIONS,
  viewOptions: VIEW_OPTIONS,
  parseServer(host, options) {
    if (isClient(host)) return serverOfClient(host, options);
    const deployment = parseDeployment(host, options);
    const server = serverAt(deployment.seeds[0], options, DEFAULT_PORTS[deployment.kind]);
    return withDeployment(server, deployment, options);
  },
  prepare: enableNear,
};
