/**
 * Views of a cache: objects that inherit from it. An object has the private fields of a class only where a constructor of it has
 * returned it, so a subclass that has some is constructed for each view: see {@link createView}.
 * @module
 */
import { FEATURES } from './methods.js';

/**
 * @typedef {object} Construction
 * @property {object} cache of which it is a view
 * @property {object | null} view until a constructor has taken it
 * @property {Construction | null} outer that in whose constructor this one is made
 */

/** The view that is being constructed. @type {Construction | null} */
let construction = null;

/** Whether views of a class are constructed. @type {WeakMap<Function, boolean>} */
const constructed = new WeakMap();

/** A private name, or the helper for one in code of TypeScript, esbuild, Babel or SWC for old targets. */
const PRIVATE = /#[\w$]|private/i;
const PARAMETERS = /\bconstructor\s*\(\s*[^\s)]/;

/**
 * An object that inherits from a cache. It has its own private fields, as the constructors of its subclasses initialise them; its
 * public ones are those of the cache. A constructor with parameters is called with what the cache's `viewArguments()` returns;
 * without that method it is not called. Nor is it for views that it makes of the same cache, of which there would be no end.
 *
 * @template {object} T
 * @param {T} cache whose class's constructor returns what {@link takePending} gives
 * @returns {T}
 */
export function createView(cache) {
  const view = Object.create(cache);
  const type = cache.constructor;
  if (isBeingViewed(cache) || !isConstructed(cache)) return view;
  const args = argumentsOf(cache) ?? [];
  const outer = construction;
  construction = { cache, view, outer };
  try {
    Reflect.construct(type, args);
  } finally {
    construction = outer;
  }
  for (const name of Reflect.ownKeys(view)) Reflect.deleteProperty(view, name);
  return view;
}

/**
 * The view that is being constructed, once.
 *
 * @param {Function} type the class of the object that is constructed: its constructor may make other caches first
 */
export function takePending(type) {
  if (construction?.cache.constructor !== type) return null;
  const { view } = construction;
  construction.view = null;
  return view;
}

/** @param {object} cache */
function isBeingViewed(cache) {
  for (let made = construction; made !== null; made = made.outer) {
    if (made.cache === cache || Object.prototype.isPrototypeOf.call(made.cache, cache)) return true;
  }
  return false;
}

/** @param {object} cache */
function isConstructed(cache) {
  const type = cache.constructor;
  let known = constructed.get(type);
  if (known === undefined) {
    const source = sourceOf(type);
    known = PRIVATE.test(source) && (!PARAMETERS.test(source) || argumentsOf(cache) !== undefined);
    constructed.set(type, known);
  }
  return known;
}

/** @param {any} cache @returns {unknown[] | undefined} */
function argumentsOf(cache) {
  return cache.viewArguments?.();
}

/**
 * The source of a class and those that it extends, up to the package's own.
 *
 * @param {Function | null} type
 * @returns {string}
 */
function sourceOf(type) {
  if (type === null || Object.hasOwn(type, FEATURES)) return '';
  return Function.prototype.toString.call(type) + sourceOf(Object.getPrototypeOf(type));
}
