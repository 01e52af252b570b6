/**
 * The package as a process that Python can call: one JSON request a line on standard input, one answer a line on standard
 * output. Values travel as tagged JSON (wire.py has the other half).
 */
import { createInterface } from 'node:readline';
import { CachelibSerializer, RedisCache } from '../../js/entries/node.js';
import { flaskClasses } from '../../js/python/index.js';
import { djangoCompressor } from '../../examples/node/django-compressor.js';

/** Floats that Python and JavaScript spell differently. */
const FLOATS = new Map([
  ['nan', NaN],
  ['inf', Infinity],
  ['-inf', -Infinity],
]);

/** Leaves (de)serializing to the Python side. */
const bytesAsTheyAre = {
  dumps: (/** @type {any} */ bytes) => bytes,
  loads: (/** @type {any} */ bytes) => bytes,
};

/** @type {Record<string, any>} */
const serializers = {
  python: bytesAsTheyAre,
  flask: new CachelibSerializer({ classes: flaskClasses }),
  'django-zlib': djangoCompressor('zlib'),
  'django-gzip': djangoCompressor('gzip'),
};

/** @type {Map<number, any>} */
const caches = new Map();
/** The codes of the errors that were reported since the last request. @type {string[]} */
let reported = [];

/** @type {Record<string, (cache: any, args: any[]) => Promise<any>>} */
const methods = {
  ...Object.fromEntries(
    'get getMany getDict set add setMany delete deleteMany has inc dec clear checkConnection close'
      .split(' ')
      .map((name) => [name, (cache, args) => cache[name](...args)]),
  ),
  flush: (cache) => cache.with({ keyPrefix: '' }).clear(),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, create, cache, method, args, serializer } = JSON.parse(line);
  reported = [];
  try {
    if (create) make(id, create);
    const value = create
      ? id
      : await call(caches.get(cache), serializer, method, args.map(fromWire));
    console.log(JSON.stringify({ value: toWire(await plain(value)), reported }));
  } catch (error) {
    const { name, code, message } = /** @type {any} */ (error);
    console.log(JSON.stringify({ error: { name, code, message }, reported }));
  }
}
await Promise.all([...caches.values()].map((cache) => cache.close()));

/**
 * @param {number} id
 * @param {{ host: string, options: object }} description
 */
function make(id, { host, options }) {
  const onError = (/** @type {any} */ { code }) => reported.push(code);
  caches.set(id, new RedisCache(host, { ...options, onError }));
}

/**
 * @param {any} cache
 * @param {string} serializer
 * @param {string} method
 * @param {any[]} args
 */
function call(cache, serializer, method, args) {
  cache.serializer = serializers[serializer] ?? serializer;
  if (Array.isArray(serializer)) cache.serializer = showing(serializer);
  const action = methods[method];
  if (!action) throw new TypeError(`there is no method ${method}`);
  return action(cache, args);
}

/**
 * Shows what revivers get.
 *
 * @param {string[]} names of classes
 */
function showing(names) {
  const show = (/** @type {any} */ state, /** @type {any[]} */ args, /** @type {any} */ items) => ({
    ...{ state, args, items },
  });
  return new CachelibSerializer({ classes: Object.fromEntries(names.map((name) => [name, show])) });
}

/** @param {any} wire @returns {any} */
function fromWire(wire) {
  if (wire === null || typeof wire !== 'object') return wire;
  const [[tag, content] = []] = Object.entries(wire);
  switch (tag) {
    case 'int':
      return Number.isSafeInteger(Number(content)) ? Number(content) : BigInt(content);
    case 'float':
      return FLOATS.get(content) ?? Number(content);
    case 'bytes':
      return new Uint8Array(Buffer.from(content, 'base64'));
    case 'list':
      return content.map(fromWire);
    case 'set':
      return new Set(content.map(fromWire));
    case 'dict':
      return toDict(content.map((/** @type {any[]} */ pair) => pair.map(fromWire)));
    case 'date':
      return new Date(content);
    default:
      throw new TypeError(`unknown tag ${tag}`);
  }
}

/** @param {[any, any][]} entries an object when every key is a string, as the package gives it */
function toDict(entries) {
  return entries.every(([key]) => typeof key === 'string')
    ? Object.fromEntries(entries)
    : new Map(entries);
}

/** @param {any} value a Response as its parts */
async function plain(value) {
  if (!(value instanceof Response)) return value;
  const { status, headers } = value;
  return { status, headers: [...headers], body: await value.text() };
}

/** @param {any} value @returns {any} */
function toWire(value) {
  if (value === undefined) return null;
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return { int: String(value) };
  if (typeof value === 'number') return numberToWire(value);
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('base64') };
  if (value instanceof Date) return { date: value.getTime() };
  if (Array.isArray(value)) return { list: value.map(toWire) };
  if (value instanceof Set) return { set: [...value].map(toWire) };
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return { dict: entries.map((pair) => pair.map(toWire)) };
}

/** @param {number} value */
function numberToWire(value) {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return { int: String(value) };
  return {
    float: Object.is(value, -0) ? '-0.0' : String(value).replace('Infinity', 'inf').toLowerCase(),
  };
}
