/**
 * Reads the host of a cache: a name, or a URL as redis-py's `parse_url` reads it. No message shows any part of a URL: what is
 * wrong with one may be that its password is in the wrong place.
 * @module
 */
import { UsageTypeError } from '../errors/classes.js';

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

/** Whether each scheme means TLS; undefined where it does not matter. @type {Record<string, boolean | undefined>} */
const SCHEMES = {
  'redis:': false,
  'rediss:': true,
  'valkey:': false,
  'valkeys:': true,
  'unix:': undefined,
};

/**
 * A URL, which may be of another realm.
 *
 * @param {unknown} value
 */
export function isUrl(value) {
  // On workerd a URL has no tag; one of another realm is no instance.
  return value instanceof URL || Object.prototype.toString.call(value) === '[object URL]';
}

/**
 * @param {unknown} host
 * @returns {ParsedUrl}
 */
export function parseHost(host) {
  if (isUrl(host)) return parseUrl(new URL(String(host)));
  if (typeof host !== 'string') throw invalidHost(host === null ? 'null' : typeof host);
  if (host === '') throw invalidHost('empty');
  if (host.includes('://')) {
    if (URL.canParse(host)) return parseUrl(new URL(host));
    throw invalidUrl(
      "it cannot be parsed: '#', '/' and '@' in a password are percent-encoded, and several hosts need redis+cluster:// or redis+sentinel://",
    );
  }
  const plain = host.replace(/^\[(.*)\]$/, '$1');
  if (!plain || /[\s/?#@[\]]|^[^:]*:[^:]*$/.test(plain)) {
    throw invalidUrl(
      "a host is a name or an address; write 'redis://host:port/db', or the port as an option",
    );
  }
  return { hostname: toAscii(plain) };
}

/** @param {string} what the host is */
export function invalidHost(what) {
  return new UsageTypeError(
    'INVALID_URL',
    `the host is ${what}: write new RedisCache('localhost', { port: 6379 }), with a host name, a redis:// URL or a Redis client`,
  );
}

/**
 * @param {URL} url
 * @returns {ParsedUrl}
 */
function parseUrl(url) {
  const { protocol, username, password, hostname, port, pathname, searchParams } = url;
  if (!Object.hasOwn(SCHEMES, protocol)) {
    throw invalidUrl(
      'the scheme is redis:, rediss:, valkey:, valkeys: or unix:, or redis+cluster:, redis+sentinel: and so on',
    );
  }
  const unix = protocol === 'unix:';
  if (url.hash || [...searchParams.keys()].some((name) => name !== 'db')) {
    throw invalidUrl(
      "after '?' and '#' only db=… has a meaning: in a password they are percent-encoded",
    );
  }
  const db = searchParams.get('db') ?? (unix ? '' : pathname.slice(1));
  if (!/^\d{0,9}$/.test(db)) throw invalidUrl('the database after the host is a number');
  if (port === '0') throw invalidUrl('the port is from 1 to 65535');
  return {
    hostname: toAscii(decode(hostname.replace(/^\[|\]$/g, ''))) || 'localhost',
    tls: SCHEMES[protocol] ?? false,
    ...(port && { port: Number(port) }),
    ...(unix && { path: checkCharacters(decode(pathname)) }),
    ...(username && { username: decode(username) }),
    ...(password && { password: decode(password) }),
    ...(db && { db: Number(db) }),
  };
}

/**
 * A host name as DNS has it: https://url.spec.whatwg.org/#concept-domain-to-ascii
 *
 * @param {string} name
 */
function toAscii(name) {
  checkCharacters(name);
  if (name.includes(',')) throw invalidUrl("several hosts are a list: ['a:6379', 'b:6379']");
  if (/^[\x21-\x7e]*$/.test(name)) return name;
  const url = `http://${name}/`;
  if (!URL.canParse(url)) throw invalidUrl('the host is not a name');
  return new URL(url).hostname;
}

/** @param {string} text */
function checkCharacters(text) {
  // eslint-disable-next-line no-control-regex
  if (/[\0-\x1f\x7f]/.test(text)) throw invalidUrl('the host has a control character');
  return text;
}

/** @param {string} text */
export function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidUrl("a '%' that is meant is written %25");
  }
}

/** @param {string} advice */
export function invalidUrl(advice) {
  return new UsageTypeError('INVALID_URL', `the Redis URL is not valid: ${advice}`);
}
