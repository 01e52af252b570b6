/**
 * What a cache of `cachelib-edge/lite` takes as its host and options: one server.
 * @module
 */
import { invalidOption, isObject } from '../options/check.js';
import { RETRY_OPTIONS, SERVER_OPTIONS, VIEW_OPTIONS } from '../options/schema.js';
import { serverAt } from '../options/server.js';
import { invalidHost, isUrl, parseHost } from '../options/url.js';

/** @import { Rule, Schema } from '../options/check.js' */

/** What has more. */
export const WHOLE = "'cachelib-edge' in place of 'cachelib-edge/lite'";
/** Of an option that only the whole package has. @type {Rule} */
const ABSENT = [`left out: it needs ${WHOLE}`, (value) => value === null || value === false];
/** @type {Schema} */
const VIEW_ABSENT = { near: ABSENT };
/** @type {Schema} */
const ABSENT_OPTIONS = {
  ...VIEW_ABSENT,
  cluster: ABSENT,
  sentinel: ABSENT,
  readFrom: ABSENT,
  nodeAddressMap: ABSENT,
  maxConnections: ABSENT,
};

/** @type {import('../core/types.js').Features} */
export const LITE = {
  cacheOptions: { ...VIEW_OPTIONS, ...SERVER_OPTIONS, ...RETRY_OPTIONS, ...ABSENT_OPTIONS },
  viewOptions: { ...VIEW_OPTIONS, ...VIEW_ABSENT },
  parseServer(host, options) {
    if (isObject(host) && !isUrl(host) && !Array.isArray(host)) {
      throw invalidHost(`an object, and a Redis client needs ${WHOLE}`);
    }
    if (Array.isArray(host) || /^\w+[+-](cluster|sentinel):\/\//i.test(String(host))) {
      throw invalidOption(`several servers need ${WHOLE}`);
    }
    return serverAt(parseHost(host), options);
  },
  prepare() {},
};
