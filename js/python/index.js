/**
 * Classes of Python's frameworks, for `CachelibSerializer`:
 *
 * ```js
 * import { CachelibSerializer, RedisCache } from 'cachelib-edge';
 * import { flaskClasses } from 'cachelib-edge/python';
 *
 * const serializer = new CachelibSerializer({ classes: flaskClasses });
 * const cache = new RedisCache(url, { keyPrefix: 'flask_cache_', serializer });
 * const response = await cache.get('view//front'); // a web Response
 * ```
 *
 * @module
 */

export { numpyClasses } from './numpy.js';

/** @import { Reviver } from '../serializer/special-values.js' */

/** Responses that have no body: https://fetch.spec.whatwg.org/#null-body-status */
const WITHOUT_BODY = [204, 205, 304];

/** The status codes of Werkzeug's exceptions, by the names of their classes. */
// prettier-ignore
const EXCEPTIONS = {
  BadRequest: 400, Unauthorized: 401, Forbidden: 403, NotFound: 404, MethodNotAllowed: 405, NotAcceptable: 406,
  RequestTimeout: 408, Conflict: 409, Gone: 410, LengthRequired: 411, PreconditionFailed: 412, RequestEntityTooLarge: 413,
  RequestURITooLarge: 414, UnsupportedMediaType: 415, RequestedRangeNotSatisfiable: 416, ExpectationFailed: 417,
  ImATeapot: 418, MisdirectedRequest: 421, UnprocessableEntity: 422, Locked: 423, FailedDependency: 424,
  PreconditionRequired: 428, TooManyRequests: 429, RequestHeaderFieldsTooLarge: 431, UnavailableForLegalReasons: 451,
  InternalServerError: 500, NotImplemented: 501, BadGateway: 502, ServiceUnavailable: 503, GatewayTimeout: 504,
  HTTPVersionNotSupported: 505,
};

/** A Flask response: its body is a list of bytes and texts. @type {Reviver} */
const response = ({ response: body, headers, _status_code: status }) =>
  new Response(WITHOUT_BODY.includes(status) ? null : new Blob(body).stream(), { status, headers });

/** Pairs of keys and values as an object of arrays. @type {Reviver} */
const pairs = (_state, [entries]) => {
  const lists = /** @type {Record<string, unknown[]>} */ (Object.create(null));
  for (const [key, value] of entries) (lists[key] ??= []).push(value);
  return { ...lists };
};

/** @type {Reviver} */
const argument = (_state, [value]) => value;

/**
 * What to make of the objects of Flask, Flask-Caching, Werkzeug and MarkupSafe: responses and HTTP exceptions become web
 * `Response`s, headers arrays of pairs, multi-dicts objects of arrays, immutable lists and dicts, and markup, what they hold.
 *
 * @type {Record<string, Reviver>}
 */
export const flaskClasses = {
  'flask.wrappers.Response': response,
  'flask_caching.CachedResponse': response,
  'werkzeug.wrappers.response.Response': response,
  'werkzeug.datastructures.headers.Headers': ({ _list: fields }) => fields,
  'werkzeug.datastructures.structures.MultiDict': (state) => state,
  'werkzeug.datastructures.structures.ImmutableMultiDict': pairs,
  'werkzeug.datastructures.structures.ImmutableDict': argument,
  'werkzeug.datastructures.structures.ImmutableList': argument,
  'markupsafe.Markup': argument,
  ...Object.fromEntries(
    Object.entries(EXCEPTIONS).map(([name, status]) => [
      `werkzeug.exceptions.${name}`,
      exception(status),
    ]),
  ),
};

/**
 * @param {number} status
 * @returns {Reviver} a response that an exception gave of its own goes before
 */
function exception(status) {
  return (state) => state?.response ?? new Response(state?.description ?? '', { status });
}
