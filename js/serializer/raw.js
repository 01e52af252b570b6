/**
 * Strings and bytes as they are.
 * @module
 */
import { asBytes } from '../core/bytes.js';
import { SerializationError } from '../errors/classes.js';

/** @import { Serializer } from '../options/types.js' */

/**
 * Stores strings and bytes; reads Uint8Arrays.
 *
 * @type {Serializer}
 */
export const raw = {
  dumps(value) {
    if (typeof value === 'string' && value.isWellFormed()) return value;
    const bytes = asBytes(value);
    if (bytes !== null) return bytes;
    if (typeof value === 'string') {
      throw new SerializationError('a string with a lone surrogate has no UTF-8 form');
    }
    throw new SerializationError("the 'raw' serializer stores strings and bytes only");
  },

  loads(stored) {
    return stored;
  },
};
