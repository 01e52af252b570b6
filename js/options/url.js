/**
 * Reads the host of a cache: a name, or a URL as redis-py's `parse_url` reads it.
 * @module
 */
import { UsageTypeError } from '../errors/classes.js';

/** @import { UrlLike } from './types.js' */

/**
 * @typedef {object} ParsedUrl
 * @property {string} hostname
 * @property {number} [port]
 * @property {boolean} [tls]
 * @property {string} [path]
 * @property {string} [username]
 * @property {string} [password]
 * @property {number} [db]
 */

/**
 * @param {string | UrlLike} host
 * @returns {ParsedUrl}
 */
export function parseHost(host) {
  if (host instanceof URL) return parseUrl(host);
  if (typeof host !== 'string') {
    throw new UsageTypeError(
      'INVALID_URL',
      `host must be a host name, a redis:// URL or a Redis client, not ${host === null ? 'null' : typeof host}`,
    );
  }
  if (host.includes('://')) {
    if (URL.canParse(host)) return parseUrl(new URL(host));
    throw invalidUrl(
      "it cannot be parsed; characters such as '#', '/' and '@' in a password are percent-encoded",
    );
  }
  const hostname = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  if (!hostname || /[\s/?#@[\]]|^[^:]*:[^:]*$/.test(hostname)) {
    throw invalidUrl(
      "a host is a name or an address; write 'redis://host:port/db', or the port as an option",
    );
  }
  return { hostname };
}

/**
 * @param {URL} url `redis://`, `rediss://` or `unix://`
 * @returns {ParsedUrl}
 */
function parseUrl(url) {
  const { protocol, username, password, hostname, port, pathname, searchParams } = url;
  const unix = protocol === 'unix:';
  if (!unix && protocol !== 'redis:' && protocol !== 'rediss:') {
    throw invalidUrl(`the scheme is redis:, rediss: or unix:, not ${protocol}`);
  }
  const stray = [...searchParams.keys()].find((name) => name !== 'db');
  if (stray !== undefined || url.hash) {
    throw invalidUrl(
      `${stray === undefined ? 'a fragment' : `the parameter '${stray}'`} has no meaning in it`,
    );
  }
  const db = searchParams.get('db') ?? (unix ? '' : pathname.slice(1));
  if (!/^\d{0,9}$/.test(db)) throw invalidUrl('the database after the host is a number');
  return {
    hostname: hostname.replace(/^\[|\]$/g, '') || 'localhost',
    tls: protocol === 'rediss:',
    ...(port && { port: Number(port) }),
    ...(unix && { path: decode(pathname) }),
    ...(username && { username: decode(username) }),
    ...(password && { password: decode(password) }),
    ...(db && { db: Number(db) }),
  };
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidUrl("a '%' that is meant is written %25");
  }
}

/** @param {string} advice */
function invalidUrl(advice) {
  return new UsageTypeError('INVALID_URL', `the Redis URL is not valid: ${advice}`);
}
