/**
 * cachelib's own serializer, which is in the core, with revivers for Python classes.
 * @module
 */
import { check, isObject } from '../options/check.js';
import { DeferredValue } from './decode.js';

/** @import { Schema } from '../options/check.js' */
/** @import { Reviver } from './special-values.js' */

/** @type {Schema} */
const OPTIONS = {
  classes: [
    'an object of functions, by the names of classes',
    (value) =>
      isObject(value) &&
      !value[Symbol.iterator] &&
      Object.values(value).every((item) => typeof item === 'function'),
  ],
  format: ["'cachelib' or 'django'", (value) => value === 'cachelib' || value === 'django'],
};

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
  /**
   * @param {{ classes?: Record<string, Reviver> | undefined, format?: 'cachelib' | 'django' | undefined }} [options]
   * @throws {TypeError} for an unknown option, or one that is not what it must be
   */
  constructor(options = {}) {
    check(options, OPTIONS);
    const { classes = {}, format = 'cachelib' } = options;
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
