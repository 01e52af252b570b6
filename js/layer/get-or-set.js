/**
 * `getOrSet`: reads a value; if it is missing or stale, finds the run that computes it, or begins one. What is fresh,
 * who computes, how long others wait: that is decided in the core.
 * @module
 */
import { resolvePrefix, resolveSerializer } from '../arguments.js';
import { startTimer } from '../core/clock.js';
import { whenAborted } from '../core/signals.js';
import { keyText } from '../core/records.js';
import { TimeoutError, UsageTypeError } from '../errors/classes.js';
import { aborted, isMisuse } from '../errors/from-core.js';
import { STATE } from '../methods.js';
import { Flight, OVERDUE } from './flight.js';
import { Found } from '../core/found.js';
import { LOAD, READ } from './operations.js';
import { checkFactory, parseTerms } from './options.js';
import { callingRun, isAlwaysSeen, isInFactoryOf } from './recursion.js';
import { backendFailed, invoke, report } from './target.js';

/** @import { Caller } from '../methods.js' */
/** @import { CallSettings, Key, Settings, Signal } from '../options/types.js' */
/** @import { Factory, GetOrSetOptions, Terms } from './options.js' */
/** @import { Target } from './target.js' */

/** How long whoever may be a factory waits for its own key, in seconds: where that cannot be seen. */
const MAX_UNSEEN_WAIT = 60;

/** A call of `getOrSet`. */
class Lookup {
  /** The stale value, if there is one. @type {Found | undefined} */
  stale;
  /** The run that it waits for. @type {Flight | undefined} */
  #flight;
  /** Whether its caller waits no more. */
  #hasLeft = false;
  /** Whether its caller does not want the value any more. */
  #isAborted = false;
  /** The run whose factory has made it. */
  #caller = callingRun();

  #target;
  #factory;
  #terms;

  /**
   * @param {Target} target
   * @param {Factory<any>} factory
   * @param {Terms} terms
   */
  constructor(target, factory, terms) {
    this.#target = target;
    this.#factory = factory;
    this.#terms = terms;
  }

  /** @param {Found | undefined} stale */
  compute(stale) {
    return stale === undefined ? this.#join(true, false) : this.#refresh(stale);
  }

  /**
   * What is unreadable belongs to somebody else and is not overwritten; when Redis fails the factory answers.
   *
   * @param {unknown} error
   */
  computeWithout(error) {
    backendFailed(this.#target, error);
    return this.#join(false, false);
  }

  /** The run that it waits for. */
  get awaited() {
    return this.#flight?.run;
  }

  /** What it gets where it waits no longer: what the factory has returned if it has ended, else the stale value, if there is one. */
  get answer() {
    return this.#flight?.answer ?? this.stale?.value;
  }

  /**
   * Its answer, for which the factory waits that has made it.
   *
   * @param {Promise<any>} result
   */
  awaitedByCaller(result) {
    const waits = this.#caller?.waits;
    if (waits === undefined) return result;
    waits.add(this);
    return result.finally(() => waits.delete(this));
  }

  /**
   * The caller has given up.
   *
   * @param {unknown} [reason] of its signal, if that is why
   */
  leave(reason) {
    this.#hasLeft = true;
    this.#isAborted = reason !== undefined;
    this.#flight?.leave(reason);
  }

  /** @param {Found} stale */
  #refresh(stale) {
    const { grace, softTimeout } = this.#terms;
    this.stale = stale;
    const timeout = stale.ttl > grace * 1000 ? 0 : softTimeout;
    const refreshed = this.#join(true, timeout === 0);
    return orElse(refreshed, timeout, this, this.#target);
  }

  /**
   * Joins the run that computes the value, or begins one.
   *
   * @param {boolean} isWritable whether the value may be stored
   * @param {boolean} isRefresh whether the caller has a stale value already
   * @returns {Promise<any>}
   */
  #join(isWritable, isRefresh) {
    if (this.#isAborted) return Promise.resolve(null);
    const isBackground = isRefresh || this.#hasLeft;
    const { driver, key, serializer } = this.#target;
    const shared = this.#terms.fresh ? undefined : driver.flights?.get(key);
    if (shared !== undefined && shared.serializer === serializer) {
      return isBackground ? shared.join(true, false) : this.#share(shared, isWritable);
    }
    const flight = new Flight(this.#target, this.#factory, this.#terms);
    if (!isBackground) this.#flight = flight;
    flight.begin(this.stale, isWritable, isBackground);
    return flight.join(isBackground, false);
  }

  /**
   * Waits for another's run.
   *
   * @param {Flight} shared
   * @param {boolean} isWritable
   * @throws when that waits for the caller's own
   */
  #share(shared, isWritable) {
    const caller = this.#caller;
    if (caller !== undefined && shared.run.waitsFor(caller)) throw recursive(this.#target.name);
    this.#flight = shared;
    const takeOver = (/** @type {any} */ answer) =>
      answer === OVERDUE && !this.#hasLeft ? this.#join(isWritable, false) : answer;
    const result = shared.join(false, true).then(takeOver);
    return isAlwaysSeen() ? result : withLimits(result, MAX_UNSEEN_WAIT);
  }
}

/**
 * @template T
 * @param {Caller} cache
 * @param {Key} key
 * @param {Factory<T>} factory
 * @param {number | null | GetOrSetOptions<T>} [options]
 * @returns {Promise<T | null>}
 */
export function getOrSet(cache, key, factory, options) {
  try {
    const terms = parseTerms(options);
    checkFactory(factory);
    const { registry, settings } = cache[STATE];
    const { signal } = settings;
    if (signal?.aborted) throw aborted(signal);
    const loading = registry.whenLoaded(settings.timeoutMs);
    if (loading) return loading.then(() => getOrSet(cache, key, factory, options));
    const target = targetOf(cache, key);
    const caller = callingRun();
    const isLimited = terms.hardTimeout < Infinity || signal !== undefined;
    const begin = () => new Lookup(target, factory, terms);
    // Most find a fresh value, and need none.
    if (caller === undefined && !isLimited) return lookUp(target, terms, begin);
    const waitsForLease = terms.lease > 0 && !terms.fresh;
    if (isInFactoryOf(caller, target, waitsForLease)) throw recursive(target.name);
    const lookup = begin();
    const result = lookUp(target, terms, () => lookup);
    return lookup.awaitedByCaller(
      isLimited ? withLimits(result, terms.hardTimeout, signal, lookup) : result,
    );
  } catch (error) {
    return Promise.reject(error);
  }
}

/**
 * @param {Target} target
 * @param {Terms} terms
 * @param {() => Lookup} begin called unless there is a fresh value
 * @returns {Promise<any>}
 */
function lookUp(target, terms, begin) {
  return read(target, terms).then(
    (stored) => (isFresh(stored) ? stored : begin().compute(stored)),
    (error) => begin().computeWithout(error),
  );
}

/**
 * @param {Target} target
 * @param {Terms} terms
 * @returns {Promise<any>} undefined when there is nothing, or it does not matter
 */
function read(target, { grace, early, fresh }) {
  if (fresh) return Promise.resolve();
  const { name } = target;
  if (grace === 0 && early === 0) return invoke(target, READ, name);
  // A value is computed early by chance, so that not everybody does at once: https://doi.org/10.14778/2757807.2757813
  const above = grace - early * Math.log(1 - Math.random());
  return invoke(target, LOAD, name, undefined, above);
}

/** @param {any} stored what was read */
function isFresh(stored) {
  return stored !== undefined && !(stored instanceof Found);
}

/**
 * @param {Caller} cache
 * @param {Key} key
 * @returns {Target}
 */
function targetOf(cache, key) {
  const { registry, settings } = cache[STATE];
  const name = keyText(key);
  const keyPrefix = resolvePrefix(settings.keyPrefix);
  const internal = internalOf(settings, keyPrefix);
  const serializer = resolveSerializer(cache.serializer);
  const driver = registry.get(settings.context);
  return { registry, driver, settings, internal, serializer, key: keyPrefix + name, name };
}

/** By the settings of caches. @type {WeakMap<Settings, CallSettings>} */
const internals = new WeakMap();

/**
 * @param {Settings} settings
 * @param {string} keyPrefix what the settings' prefix is for this call
 */
function internalOf(settings, keyPrefix) {
  const known = internals.get(settings);
  if (known?.keyPrefix === keyPrefix) return known;
  const own = { throwOnError: true, onError: undefined, signal: undefined };
  const internal = { ...settings, keyPrefix, ...own };
  internals.set(settings, internal);
  return internal;
}

/**
 * The result of a caller that may give up. The run goes on.
 *
 * @param {Promise<any>} result
 * @param {number} seconds
 * @param {Signal} [signal]
 * @param {Lookup} [lookup]
 */
function withLimits(result, seconds, signal, lookup) {
  return new Promise((resolve, reject) => {
    const leave = () => {
      clearTimeout(timer);
      forget?.();
    };
    const onLate = () => {
      leave();
      lookup?.leave();
      const answer = lookup?.answer;
      if (answer === undefined) reject(tooLate(seconds));
      else resolve(answer);
    };
    const onAbort = () => {
      leave();
      lookup?.leave(/** @type {Signal} */ (signal).reason);
      reject(aborted(/** @type {Signal} */ (signal)));
    };
    const timer = seconds < Infinity ? startTimer(seconds * 1000, onLate) : undefined;
    const forget = signal && whenAborted(signal, onAbort);
    result.then(resolve, reject).finally(leave);
  });
}

/**
 * The new value; the stale one when it takes longer than that.
 *
 * @param {Promise<any>} refreshed
 * @param {number} seconds
 * @param {Lookup} lookup
 * @param {Target} target
 */
function orElse(refreshed, seconds, lookup, target) {
  return new Promise((resolve, reject) => {
    let isLate = seconds === 0;
    const onLate = () => {
      isLate = true;
      resolve(lookup.answer);
    };
    const timer = seconds < Infinity ? startTimer(seconds * 1000, onLate) : undefined;
    if (isLate) onLate();
    refreshed
      .then(resolve, (error) => {
        // Of another's run, which had no stale value.
        if (!isMisuse(error)) resolve(lookup.stale?.value);
        else if (isLate) report(target, error);
        else reject(error);
      })
      .finally(() => clearTimeout(timer));
  });
}

/** @param {number} seconds */
function tooLate(seconds) {
  return new TimeoutError(
    'FACTORY_TIMEOUT',
    `getOrSet has had no value within ${seconds} s: raise hardTimeout, or see whether the factory waits for its own key`,
  );
}

/** @param {string} name of the key */
function recursive(name) {
  return new UsageTypeError(
    'RECURSIVE_FACTORY',
    `the factory of key '${name}' asks for the same key, itself or by way of others, and would wait for itself: compute the value without the cache`,
  );
}
