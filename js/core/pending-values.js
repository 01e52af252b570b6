/**
 * Serializers whose `dumps` returns promises.
 * @module
 */
import { CacheError, SerializationError, TimeoutError } from '../errors/classes.js';
import { aborted } from '../errors/from-core.js';
import { startTimer } from './clock.js';
import { whenAborted } from './signals.js';

/** @import { Serializer, Settings, Signal } from '../options/types.js' */

/** Thrown while a record is written: its values are not known yet. */
export class PendingValues extends SerializationError {
  /**
   * @param {unknown} value
   * @param {PromiseLike<unknown>} dumped its stored form
   */
  constructor(value, dumped) {
    super('a serializer whose dumps() is asynchronous cannot be used inside of another dumps()');
    this.value = value;
    this.dumped = Promise.resolve(dumped);
    this.dumped.catch(() => {});
  }
}

/**
 * A serializer that has the stored forms of values, in their order.
 *
 * @param {Serializer} serializer
 * @param {unknown[]} values
 * @param {Settings} settings of the call
 * @param {PendingValues} [pending] what is known of them
 * @returns {Promise<Serializer>}
 */
export async function dumpAll(serializer, values, { timeoutMs, signal }, pending) {
  const dump = async (/** @type {unknown} */ value) =>
    pending && value === pending.value ? pending.dumped : serializer.dumps(value);
  const all = Promise.all(values.map(dump)).catch(failed);
  const dumped = await unlessAborted(within(all, 'dumps', timeoutMs), signal);
  return { dumps: () => /** @type {Uint8Array} */ (dumped.shift()), loads: serializer.loads };
}

/**
 * What a serializer answers, if it does in time.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {'dumps' | 'loads'} method
 * @param {number} timeoutMs
 * @returns {Promise<T>}
 */
export function within(promise, method, timeoutMs) {
  return new Promise((resolve, reject) => {
    const text = `${method}() of the serializer has not answered within ${timeoutMs} ms`;
    const onLate = () => reject(new TimeoutError('TIMEOUT', text));
    const timer = startTimer(timeoutMs, onLate);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/**
 * What a serializer answers, if its caller does not give up before.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {Signal} [signal]
 * @returns {Promise<T>}
 */
export function unlessAborted(promise, signal) {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const leave = whenAborted(signal, () => {
      leave();
      reject(aborted(signal));
    });
    promise.then(resolve, reject).finally(leave);
  });
}

/**
 * @param {unknown} cause
 * @returns {never}
 */
export function failed(cause) {
  if (cause instanceof CacheError) throw cause;
  throw new SerializationError('the value cannot be stored: dumps() of the serializer threw', {
    cause,
  });
}
