/**
 * What to make of the Python objects that a Flask application with Flask-Caching stores: for `CachelibSerializer`.
 *
 *     const serializer = new CachelibSerializer({ classes: flaskClasses });
 *     const cache = new RedisCache(url, { keyPrefix: 'flask_cache_', serializer });
 *     const response = await cache.get('view//front');   // a web Response
 *
 * @module
 */

/** @type {Record<string, (state: any, args: any[]) => any>} */
export const flaskClasses = {
  /** A view's response: its body is a list of bytes and texts. */
  'flask.wrappers.Response': ({ response, headers, _status_code: status }) => {
    const body = new Blob(response).stream();
    return new Response(status === 204 || status === 304 ? null : body, { status, headers });
  },
  'werkzeug.datastructures.headers.Headers': ({ _list: fields }) => fields,
};
