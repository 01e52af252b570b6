/**
 * cachelib's own serializer, which is in the core, with revivers for Python classes.
 * @module
 */
import { DeferredValue } from './decode.js';

/** @import { Reviver } from './special-values.js' */

/**
 * cachelib's own serializer with classes: what to make of Python objects outside of the value table. An object of a class that
 * is not listed makes its value unreadable. None of Python's code runs: a reviver gets the object's state (what its
 * `__setstate__` would get; null if there is none) and the arguments of its constructor.
 *
 *     new CachelibSerializer({ classes: { 'app.models.Point': (state, [x, y]) => ({ x, y }) } })
 */
export class CachelibSerializer {
  /** @param {{ classes?: Record<string, Reviver> }} [options] */
  constructor({ classes = {} } = {}) {
    /** @readonly */
    this.classes = classes;
  }

  /**
   * @internal
   * @param {any} read what the core read: a value, or one that the revivers are still to complete
   */
  loads(read) {
    return read instanceof DeferredValue ? read.revive(this.classes) : read;
  }
}
