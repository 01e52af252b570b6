/**
 * Serializers whose `dumps` returns promises.
 * @module
 */
import { CacheError, SerializationError } from '../errors/classes.js';

/** @import { Serializer } from '../options/types.js' */

/** Thrown while a record is written: its values are not known yet. */
export class PendingValues extends SerializationError {
  /** @param {Promise<unknown>} dumped */
  constructor(dumped) {
    super('a serializer whose dumps() is asynchronous cannot be used inside of another dumps()');
    dumped.then(undefined, () => {});
  }
}

/**
 * A serializer that has the stored forms of values, in their order.
 *
 * @param {Serializer} serializer
 * @param {unknown[]} values
 * @returns {Promise<Serializer>}
 */
export async function dumpAll(serializer, values) {
  const dumped = await Promise.all(values.map((value) => serializer.dumps(value))).catch(failed);
  return { dumps: () => /** @type {Uint8Array} */ (dumped.shift()), loads: serializer.loads };
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
