/**
 * Finds factories that would wait for themselves: those that ask for the very key that they compute, and those that wait for each
 * other.
 *
 * A call knows that it comes from a factory by the asynchronous context, where the runtime has one: Node, Deno, Bun,
 * and workerd with nodejs_compat. Elsewhere only until the factory first awaits something.
 * @module
 */

/** @import { Target } from './target.js' */

/** @typedef {{ readonly awaited: Run | undefined }} Wait A call that a factory has made, and what it waits for. */

/** A run of a factory. */
export class Run {
  #target;
  #isLocked;
  isCalling = false;
  /** The calls that its factory has made and that have no answer yet. @type {Set<Wait>} */
  waits = new Set();
  /** The factory that has asked for it. */
  caller = callingRun();

  /**
   * @param {Target} target
   * @param {boolean} isLocked whether those wait for it who take a lease of its key, in any cache
   */
  constructor(target, isLocked) {
    this.#target = target;
    this.#isLocked = isLocked;
  }

  /**
   * Whether it computes the key of a target, for which others wait.
   *
   * @param {Target} target
   * @param {boolean} isLocked whether those wait for leases
   */
  isOf({ driver, registry, key }, isLocked) {
    const own = this.#target;
    if (!this.isCalling || key !== own.key) return false;
    if (driver === own.driver) return true;
    return isLocked && this.#isLocked && registry.isSameServer(own.registry);
  }

  /**
   * Calls its factory.
   *
   * @template T
   * @param {() => T | Promise<T>} factory
   * @returns {Promise<T>}
   */
  async call(factory) {
    this.isCalling = true;
    running++;
    try {
      return await callSynchronously(this, factory);
    } finally {
      this.isCalling = false;
      if (--running === 0) leaveContext();
    }
  }

  /**
   * Whether its end needs that of another.
   *
   * @param {Run} other
   */
  waitsFor(other) {
    const reached = new Set([/** @type {Run} */ (this)]);
    for (const { waits } of reached) {
      for (const { awaited } of waits) if (awaited !== undefined) reached.add(awaited);
    }
    return reached.has(other);
  }
}

/** How many factories are running. */
let running = 0;
/** The run whose factory is running synchronously. @type {Run | undefined} */
let current;
/** Undefined until it is needed; null where the runtime has none. @type {any} */
let storage;

function asyncContext() {
  if (storage === undefined) {
    const hooks = /** @type {any} */ (globalThis).process?.getBuiltinModule?.('node:async_hooks');
    storage = hooks ? new hooks.AsyncLocalStorage() : null;
  }
  return storage;
}

/** Whether a call that comes from a factory is always known for it. */
export function isAlwaysSeen() {
  return asyncContext() !== null;
}

/**
 * The run whose factory the code belongs to that runs now.
 *
 * @returns {Run | undefined}
 */
export function callingRun() {
  if (running === 0) return undefined;
  return asyncContext()?.getStore() ?? current;
}

/**
 * Whether a call comes from a factory that the one of a key waits for, or from that itself.
 *
 * @param {Run | undefined} caller
 * @param {Target} target the key
 * @param {boolean} isLocked whether the call waits for a lease
 */
export function isInFactoryOf(caller, target, isLocked) {
  for (let run = caller; run !== undefined; run = run.caller) {
    if (run.isOf(target, isLocked) && run.waitsFor(/** @type {Run} */ (caller))) return true;
  }
  return false;
}

/**
 * Until Node 24 a storage that is in use makes every promise of the process dearer, a plain `get` by a quarter.
 */
function leaveContext() {
  try {
    storage?.disable();
  } catch {
    // workerd has none of it, and need not.
  }
}

/**
 * @template T
 * @param {Run} run
 * @param {() => T} factory
 * @returns {T}
 */
function callSynchronously(run, factory) {
  const context = asyncContext();
  const before = current;
  current = run;
  try {
    return context ? context.run(run, factory) : factory();
  } finally {
    current = before;
  }
}
