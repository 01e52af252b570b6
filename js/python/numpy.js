/**
 * NumPy's scalars and arrays, and pandas's points in time, for `CachelibSerializer`:
 *
 * ```js
 * import { CachelibSerializer, RedisCache } from 'cachelib-edge';
 * import { numpyClasses } from 'cachelib-edge/python';
 *
 * const serializer = new CachelibSerializer({ classes: numpyClasses });
 * const cache = new RedisCache(url, { serializer });
 * await cache.get('mean'); // a number, where Python stored a numpy.float64
 * ```
 *
 * @module
 */

/** @import { Reviver } from '../serializer/special-values.js' */

/**
 * How the items of an array are stored: a kind and a size in bytes, such as `f8`.
 *
 * @typedef {{ kind: string, size: number, isLittle: boolean, unit: string }} DType
 */

/** Not a time: https://numpy.org/doc/stable/reference/arrays.datetime.html */
const NAT = -(2n ** 63n);
/** What NumPy allows. */
const MAX_DIMENSIONS = 64;

/** How many milliseconds, and for those below, how many to a millisecond. @type {Record<string, [bigint, bigint]>} */
const UNITS = {
  W: [604_800_000n, 1n],
  D: [86_400_000n, 1n],
  h: [3_600_000n, 1n],
  m: [60_000n, 1n],
  s: [1000n, 1n],
  ms: [1n, 1n],
  us: [1n, 1000n],
  ns: [1n, 1_000_000n],
};
/** Their numbers in pandas: `NPY_DATETIMEUNIT`. */
const PANDAS_UNITS = new Map(Object.entries({ 7: 's', 8: 'ms', 9: 'us', 10: 'ns' }));

/** A type's arguments are its code and two flags; its state has the byte order and, of times, the unit. @type {Reviver} */
const dtype = (state, [code]) => ({
  kind: code[0],
  size: Math.max(state?.[5] ?? -1, Number(code.slice(1)) * (code[0] === 'U' ? 4 : 1)),
  isLittle: state?.[1] !== '>',
  unit: new TextDecoder().decode(state?.[8]?.[1]?.[0]),
});

/** @type {Reviver} */
const scalar = (_state, [type, bytes]) => readItem(type, viewOf(bytes), 0);

/** An array that was pickled by protocol 5. @type {Reviver} */
const fromBuffer = (_state, [data, type, shape, order]) =>
  arrayOf(type, shape, order === 'F', data);

/** @type {Reviver} */
const reconstruct = ([, shape, type, isFortran, data]) => arrayOf(type, shape, isFortran, data);

/** @type {Reviver} */
const timestamp = (_state, [value, , , unit = 10]) => toDate(value, unitOf(unit));

/** @type {Reviver} */
const timedelta = (_state, [value, unit = 10]) => toSeconds(value, unitOf(unit));

/** @type {Reviver} */
const nothing = () => null;

/**
 * What to make of NumPy's scalars (numbers, bigints where they are not safe, booleans, strings, bytes, Dates, timedeltas as
 * seconds), of its arrays (Arrays in Arrays), and of pandas's Timestamp (a Date), Timedelta (seconds), NaT and NA (null).
 *
 * @type {Record<string, Reviver>}
 */
export const numpyClasses = {
  'numpy.dtype': dtype,
  // The module's name before NumPy 2, and since.
  ...Object.fromEntries(
    ['numpy.core', 'numpy._core'].flatMap((core) => [
      [`${core}.multiarray.scalar`, scalar],
      [`${core}.multiarray._reconstruct`, reconstruct],
      [`${core}.numeric._frombuffer`, fromBuffer],
    ]),
  ),
  'pandas._libs.tslibs.timestamps._unpickle_timestamp': timestamp,
  'pandas._libs.tslibs.timedeltas._timedelta_unpickle': timedelta,
  'pandas._libs.tslibs.nattype._nat_unpickle': nothing,
  'pandas._libs.missing.NA': nothing,
  'pandas.NA': nothing,
};

/** @param {Uint8Array} bytes */
function viewOf({ buffer, byteOffset, byteLength }) {
  return new DataView(buffer, byteOffset, byteLength);
}

/**
 * @param {DType} type
 * @param {number[]} shape
 * @param {boolean} isFortran whether the first index changes fastest
 * @param {Uint8Array | unknown[]} data items of the type, or objects
 */
function arrayOf(type, shape, isFortran, data) {
  const count = shape.reduce((product, length) => product * length, 1);
  if (count === 0) return [];
  const isList = Array.isArray(data);
  // Any number of items of no bytes would be whole.
  const isWhole = data.length === (isList ? count : count * type.size) && data.length > 0;
  const isShape = shape.length <= MAX_DIMENSIONS && shape.every((length) => length > 0);
  if (!isWhole || !isShape) throw new RangeError('an array of another shape');
  const view = isList ? null : viewOf(data);
  const item = (/** @type {number} */ index) =>
    view === null ? data[index] : readItem(type, view, index * type.size);
  return nest(shape, strides(shape, isFortran), 0, item);
}

/** @param {number[]} shape @param {boolean} isFortran */
function strides(shape, isFortran) {
  const order = isFortran ? shape : shape.toReversed();
  let stride = 1;
  const made = order.map((length) => (stride *= length) / length);
  return isFortran ? made : made.toReversed();
}

/**
 * @param {number[]} shape
 * @param {number[]} steps
 * @param {number} at
 * @param {(index: number) => unknown} item
 * @returns {unknown}
 */
function nest([length, ...shape], [step = 0, ...steps], at, item) {
  if (length === undefined) return item(at);
  return Array.from({ length }, (_, index) => nest(shape, steps, at + index * step, item));
}

/**
 * @param {DType} type
 * @param {DataView<ArrayBufferLike>} view
 * @param {number} at
 * @returns {unknown}
 */
function readItem({ kind, size, isLittle, unit }, view, at) {
  switch (kind + size) {
    case 'b1':
      return view.getUint8(at) !== 0;
    case 'i1':
      return view.getInt8(at);
    case 'u1':
      return view.getUint8(at);
    case 'i2':
      return view.getInt16(at, isLittle);
    case 'u2':
      return view.getUint16(at, isLittle);
    case 'i4':
      return view.getInt32(at, isLittle);
    case 'u4':
      return view.getUint32(at, isLittle);
    case 'i8':
      return safe(view.getBigInt64(at, isLittle));
    case 'u8':
      return safe(view.getBigUint64(at, isLittle));
    case 'f4':
      return view.getFloat32(at, isLittle);
    case 'f8':
      return view.getFloat64(at, isLittle);
    case 'M8':
      return toDate(view.getBigInt64(at, isLittle), unit);
    case 'm8':
      return toSeconds(view.getBigInt64(at, isLittle), unit);
  }
  if (kind === 'U') return textOf(size, view, at, isLittle);
  if (kind === 'S') return new Uint8Array(view.buffer, view.byteOffset + at, size).slice();
  throw new TypeError(`NumPy's type ${kind}${size} has no form here`);
}

/** @param {bigint} value */
function safe(value) {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** @param {number} size in bytes @param {DataView<ArrayBufferLike>} view @param {number} at @param {boolean} isLittle */
function textOf(size, view, at, isLittle) {
  let text = '';
  for (let end = at + size; at < end; at += 4) {
    text += String.fromCodePoint(view.getUint32(at, isLittle));
  }
  return text.replace(/\0+$/, '');
}

/** @param {number} number */
function unitOf(number) {
  return PANDAS_UNITS.get(String(number)) ?? '';
}

/** @param {bigint | number} value @param {string} unit */
function toDate(value, unit) {
  const milliseconds = toMilliseconds(value, unit);
  return milliseconds === null ? null : new Date(Math.floor(milliseconds));
}

/** @param {bigint | number} value @param {string} unit */
function toSeconds(value, unit) {
  const milliseconds = toMilliseconds(value, unit);
  return milliseconds === null ? null : milliseconds / 1000;
}

/** @param {bigint | number} value @param {string} unit */
function toMilliseconds(value, unit) {
  const [factor, divisor] = UNITS[unit] ?? [];
  if (!factor || !divisor) throw new TypeError(`NumPy's unit ${unit} has no form here`);
  const count = BigInt(value) * factor;
  if (BigInt(value) === NAT) return null;
  return Number(count / divisor) + Number(count % divisor) / Number(divisor);
}
