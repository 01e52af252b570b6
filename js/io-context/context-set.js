/**
 * The I/O contexts in which a cache is used, and how the one in which code runs now is found among them.
 *
 * Only a context's own token tells whether code runs in it: in all others it throws, which takes 8 µs on workerd, where the
 * context's own answers in 0.02 µs. So the likely ones are probed first, and what identifies a context is remembered; the
 * token has the last word always.
 * @module
 */
import { UsageTypeError } from '../errors/classes.js';
import { areTimersLate, timersFiredUntil } from './io-context.js';

/** @import { Driver } from '../core/driver.js' */
/** @import { IoContext } from './io-context.js' */

/** How many contexts may be dormant, each with an open connection that is not in use. */
const MAX_DORMANT = 16;

/**
 * @typedef {object} Entry
 * @property {Driver} driver
 * @property {IoContext | undefined} context none where there is but one
 * @property {object | undefined} owner the object of the context that the user gave
 */

/** The contexts of one cache. */
export class ContextSet {
  /** In the order of their last use. @type {Set<Entry>} */
  #entries = new Set();
  /** The one that was used last. @type {Entry | undefined} */
  #latest;
  /** Entries by objects of their contexts: spans, and what the user gave. @type {WeakMap<object, Entry>} */
  #known = new WeakMap();
  #getActiveSpan;

  /** @param {(() => object | undefined) | undefined} getActiveSpan */
  constructor(getActiveSpan) {
    this.#getActiveSpan = getActiveSpan;
  }

  /**
   * The entry of the context in which code runs now.
   *
   * @param {object | undefined} owner an object of that context
   * @throws {TypeError} when `owner` belongs to another one
   */
  find(owner) {
    const latest = this.#latest;
    if (latest === undefined) return undefined;
    if (this.#entries.size === 1) return isCurrent(latest) ? latest : undefined;
    const key = owner ?? this.#getActiveSpan?.();
    const known = key && this.#known.get(key);
    if (known && this.#entries.has(known)) {
      if (isCurrent(known)) return known;
      if (owner) throw wrongContext();
    }
    const found = withoutStackTraces(() => this.#search(owner));
    if (key && found) this.#known.set(key, found);
    return found;
  }

  /**
   * A reply is mostly followed by a call of the context that got it, and contexts that pause mostly go on in the order in which
   * they paused.
   *
   * @param {object | undefined} owner
   */
  #search(owner) {
    const time = timersFiredUntil();
    /** @type {Entry[]} */
    const overdue = [];
    const entries = [...this.#entries];
    // The last to be used comes first, and the others in their order.
    entries.unshift(/** @type {Entry} */ (entries.pop()));
    for (const entry of entries) {
      if (isOther(entry, owner)) continue;
      if (entry.context?.isOverdue(time, entry.driver.isBusy)) overdue.push(entry);
      else if (isCurrent(entry)) return entry;
    }
    // A busy isolate fires timers in no order: what seems to have ended may go on.
    return areTimersLate() ? overdue.find(isCurrent) : undefined;
  }

  /**
   * Adds the context in which code runs now.
   *
   * @param {Entry} entry
   */
  add(entry) {
    const key = entry.owner ?? this.#getActiveSpan?.();
    if (key) this.#known.set(key, entry);
    this.#entries.add(entry);
    this.#latest = entry;
  }

  /** @param {Entry} entry */
  used(entry) {
    entry.context?.used();
    // It may have been removed: its cache is being closed, and its last calls are answered.
    if (this.#latest === entry || !this.#entries.delete(entry)) return;
    this.#entries.add(entry);
    this.#latest = entry;
  }

  /** @param {Entry} entry */
  has(entry) {
    return this.#entries.has(entry);
  }

  /** @param {Entry} entry */
  remove(entry) {
    this.#entries.delete(entry);
    if (this.#latest === entry) this.#latest = [...this.#entries].at(-1);
  }

  /** Those that have ended. */
  expired() {
    const time = timersFiredUntil();
    return [...this.#entries].filter(({ driver, context }) =>
      context?.isExpired(time, driver.isBusy),
    );
  }

  /**
   * Whether the context of a dormant entry, in which code runs now, has another one, or too many are dormant.
   *
   * @param {Entry} dormant
   */
  isSuperfluous(dormant) {
    const others = [...this.#entries].filter((entry) => entry !== dormant);
    return (
      others.filter(({ context }) => context?.isDormant).length >= MAX_DORMANT ||
      withoutStackTraces(() => others.some(isCurrent))
    );
  }
}

/**
 * Whether an entry belongs to another context than `owner`. Each context has one object of a class: where another one is known,
 * it is another context.
 *
 * @param {Entry} entry
 * @param {object | undefined} owner
 */
function isOther(entry, owner) {
  return owner !== undefined && entry.owner?.constructor === owner.constructor;
}

/** @param {Entry} entry */
function isCurrent({ context }) {
  return context === undefined || context.isCurrent();
}

/**
 * Nobody sees the errors of other contexts' tokens. Without their stacks they take a fifth less.
 *
 * @template T
 * @param {() => T} action
 */
function withoutStackTraces(action) {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return action();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function wrongContext() {
  return new UsageTypeError(
    'WRONG_CONTEXT',
    "option 'context' is of another request: give each handler's own ctx to with()",
  );
}
