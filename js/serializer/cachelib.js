/**
 * cachelib's own serializer, which is in the core, with revivers for Python classes.
 * @module
 */
import { DeferredValue } from './decode.js';

/** @import { Reviver } from './special-values.js' */

/**
 * cachelib's own serializer with classes: what to make of Python objects outside of the value table. An object of a class that
 * is not listed makes its value unreadable. None of Python's code runs: see {@link Reviver} for what a reviver gets.
 *
 *     new CachelibSerializer({ classes: { 'app.models.Point': (state, [x, y]) => ({ x, y }) } })
 *
 * The format `'django'` is that of `django.core.cache.backends.redis.RedisCache`, of django-redis and of cashews: ints as ASCII
 * digits too, and all else as a pickle without the `!` that cachelib puts before it.
 */
export class CachelibSerializer {
  /** @param {{ classes?: Record<string, Reviver>, format?: 'cachelib' | 'django' }} [options] */
  constructor({ classes = {}, format = 'cachelib' } = {}) {
    /** @readonly */
    this.classes = classes;
    /** @readonly */
    this.format = format;
  }

  /**
   * @internal
   * @param {any} read what the core read: a value, or one that the revivers are still to complete
   */
  loads(read) {
    return read instanceof DeferredValue ? read.revive(this.classes) : read;
  }
}

/** `serializer: 'django'`. */
export const django = new CachelibSerializer({ format: 'django' });
