/**
 * One call of a cache's method: the caller's promise, and how it is settled.
 * @module
 */
import { now } from './core/clock.js';
import { unlessAborted, within } from './core/pending-values.js';
import { CacheError, UnreadableError } from './errors/classes.js';
import { isMisuse } from './errors/from-core.js';

/** @import { OperationName, Serializer, Settings } from './options/types.js' */
/** @import { Operation } from './core/operations.js' */
/** @import { Found } from './core/found.js' */
/** @import { CachelibSerializer } from './serializer/cachelib.js' */
/** @import { DeferredValue } from './serializer/decode.js' */

/** How often errors of one code are warned of, in milliseconds. */
const WARNING_INTERVAL = 30_000;

/**
 * What a call for many keys answers.
 *
 * @typedef {object} ManyKeys
 * @property {(outcome: any) => unknown} finish makes the answer of the values, or of the indices of keys that failed
 * @property {unknown} fallback the answer when the backend fails
 */

/** A call that waits for its outcome. */
export class Call {
  /** Its number in the core, while it waits. */
  number = 0;
  /**
   * Runs an action in the async context of the call; null where nothing of the user's runs in it. Outcomes come in that of
   * whoever opened the socket; a promise's reaction has that of who made it, in every runtime.
   * @type {((action: () => void) => void) | null}
   */
  #run = null;

  /**
   * @param {(value: any) => void} resolve
   * @param {Settings} settings
   * @param {Operation} operation
   * @param {unknown} key its key, if it has one
   * @param {Serializer | CachelibSerializer | null} serializer reads stored bytes, or revives Python's objects; null where
   *   the core does all
   * @param {ManyKeys | null} many
   */
  constructor(resolve, settings, operation, key, serializer, many) {
    this.resolve = resolve;
    this.settings = settings;
    this.operation = operation;
    this.key = key;
    this.serializer = serializer;
    this.many = many;
    if (settings.onError !== undefined || serializer !== null) {
      void new Promise((run) => (this.#run = run)).then((action) => action());
    }
  }

  /**
   * Ends the call. It is done once.
   *
   * @param {() => void} action
   */
  #end(action) {
    if (this.#run === null) action();
    else this.#run(action);
  }

  /**
   * Rejects the promise. Few calls need its reject function, so this resolves it with a promise that rejects once it is
   * adopted; before that it would count as unhandled in workerd. V8 knows who awaits what, so that an error's stack that is
   * captured while the promise rejects leads to the caller's line.
   *
   * @param {unknown} reason
   */
  reject(reason) {
    const adopted = Promise.resolve().then(() => {});
    const rejection = adopted.then(() => {
      if (reason instanceof CacheError) Error.captureStackTrace?.(reason);
      throw reason;
    });
    this.resolve(rejection);
  }

  /**
   * Ends the call with stored bytes, which the user's serializer reads, or with a value to revive.
   *
   * @param {Uint8Array | DeferredValue} stored
   */
  load(stored) {
    this.#end(() => {
      const errors = /** @type {CacheError[]} */ ([]);
      this.#whenRead(this.#read(stored, errors), (value) => {
        if (errors[0] !== undefined) return this.#fail(errors[0]);
        this.#count(value);
        this.resolve(value);
      });
    });
  }

  /** @param {unknown} value that was read; null or undefined when it is missing */
  #count(value) {
    if (this.operation.isRead) this.settings.counters.countValue(value ?? null);
  }

  /**
   * Ends the call with a value that is stale or to be computed.
   *
   * @param {Found} found
   * @param {any} stored as of {@link answerAll}
   * @param {CacheError[]} errors one if it is unreadable
   */
  find(found, stored, errors) {
    this.#end(() =>
      this.#whenRead(this.#read(stored, errors), (value) =>
        this.#answerFound(found, value, errors[0]),
      ),
    );
  }

  /**
   * @param {Found} found
   * @param {any} value
   * @param {CacheError | undefined} error
   */
  #answerFound(found, value, error) {
    // A lease is to be given up all the same.
    if (error !== undefined && found.lease === null) return this.#fail(error);
    this.#count(value);
    [found.value, found.error] = [value, error];
    this.resolve(found);
  }

  /**
   * Ends the call with a list.
   *
   * @param {any[]} values stored bytes where the user's serializer is to read them
   * @param {CacheError[]} errors one for each value that is unreadable, and each node that failed
   */
  answerAll(values, errors) {
    this.#end(() => {
      const read =
        this.serializer === null ? values : values.map((stored) => this.#read(stored, errors));
      this.#whenRead(read.some(isPromise) ? Promise.all(read) : read, (all) => {
        for (const value of all) this.#count(value);
        this.#answerMany(all, errors);
      });
    });
  }

  /**
   * Ends the call with its outcome; for many keys: that none failed.
   *
   * @param {unknown} outcome
   */
  answer(outcome) {
    this.#count(outcome);
    this.resolve(this.many === null ? outcome : this.many.finish([]));
  }

  /**
   * Ends a call for many keys, some of which failed.
   *
   * @param {Iterable<number>} failed indices
   * @param {CacheError[]} errors one for each node that failed
   */
  answerInPart(failed, errors) {
    this.#end(() => this.#answerMany(failed, errors));
  }

  /**
   * @param {Iterable<unknown>} outcome the values, or the indices of keys that failed
   * @param {CacheError[]} errors
   */
  #answerMany(outcome, errors) {
    const { counters, throwOnError } = this.settings;
    counters.errors += errors.length;
    const rejection = errors.find((error) => throwOnError || isMisuse(error));
    if (rejection) return this.reject(rejection);
    for (const error of errors) this.#report(error);
    this.resolve(this.many?.finish(outcome));
  }

  /**
   * The value of stored bytes, or a promise of it; null where it is unreadable.
   *
   * @param {any} stored where there is no serializer, the value
   * @param {CacheError[]} errors
   */
  #read(stored, errors) {
    if (this.serializer === null || stored === null) return stored;
    const failed = (/** @type {any} */ error) => {
      errors.push(error);
      return null;
    };
    try {
      const value = /** @type {any} */ (this.serializer.loads(stored));
      if (!isPromise(value)) return value ?? null;
      const loaded = Promise.resolve(value).then(
        (item) => item ?? null,
        (cause) => {
          throw unreadable(cause);
        },
      );
      return within(loaded, 'loads', this.settings.timeoutMs).catch(failed);
    } catch (cause) {
      return failed(unreadable(cause));
    }
  }

  /**
   * @param {any} value read already, or a promise of it that does not reject
   * @param {(value: any) => void} action
   */
  #whenRead(value, action) {
    if (!isPromise(value)) return action(value);
    const giveUp = (/** @type {any} */ error) => this.#fail(error);
    void unlessAborted(value, this.settings.signal).then(action, giveUp);
  }

  /**
   * Ends the call with an error: misuse rejects, a backend's error answers as cachelib documents.
   *
   * @param {CacheError} error
   */
  fail(error) {
    this.#end(() => this.#fail(error));
  }

  /** @param {CacheError} error */
  #fail(error) {
    this.settings.counters.errors++;
    if (error instanceof UnreadableError) this.#count(null);
    if (this.settings.throwOnError || isMisuse(error)) return this.reject(error);
    this.#report(error);
    this.resolve(this.many === null ? this.operation.fallback : this.many.fallback);
  }

  /**
   * Calls `onError`.
   *
   * @param {CacheError} error
   */
  #report(error) {
    reportError(this.settings, error, this.operation.name, this.key);
  }
}

/**
 * @param {unknown} value
 * @returns {value is Promise<any>}
 */
function isPromise(value) {
  return typeof (/** @type {any} */ (value)?.then) === 'function';
}

/** @param {unknown} cause */
function unreadable(cause) {
  if (cause instanceof UnreadableError) return cause;
  return new UnreadableError('the stored value cannot be read: loads() of the serializer threw', {
    cause,
  });
}

/**
 * Calls `onError`, which may be asynchronous: nobody waits for it.
 *
 * @param {Settings} settings
 * @param {CacheError} error
 * @param {OperationName} operation the method's name
 * @param {unknown} [key] its key, if it has one
 */
export function reportError({ onError, warned }, error, operation, key) {
  if (onError === undefined) return warn(warned, error);
  const context = key === undefined ? null : { key: keyOf(key) };
  const tell = async () => onError(error, { operation, ...context });
  tell().catch((thrown) => console.error('cachelib-edge: onError threw', thrown));
}

/** @param {any} key a key, or an object with a key */
export function keyOf(key) {
  return String(key?.key ?? key);
}

/**
 * Warns of an error, unless one of its code was warned of not long ago.
 *
 * @param {Map<string, number>} warned
 * @param {CacheError} error
 */
function warn(warned, error) {
  // A factory may throw anything.
  const { code, message = error } = /** @type {Partial<CacheError>} */ (Object(error));
  const time = now();
  if (time - (warned.get(String(code)) ?? -Infinity) < WARNING_INTERVAL) return;
  warned.set(String(code), time);
  console.warn(`cachelib-edge: ${String(message)} [${code ?? 'FACTORY'}]`);
}
