/**
 * Finds factories that ask for the very key that they compute: they would wait for themselves.
 *
 * A call knows that it comes from a factory by the asynchronous context, where the runtime has one: Node, Deno, Bun,
 * and workerd with nodejs_compat. Elsewhere only until the factory first awaits something.
 * @module
 */

/**
 * @typedef {object} Frame A factory that is running.
 * @property {object} driver
 * @property {string} key with its prefix
 * @property {boolean} isRunning
 * @property {Frame | undefined} caller the factory that has called it
 */

/** How many factories are running. */
let running = 0;
/** The factory that is running synchronously. @type {Frame | undefined} */
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
 * Whether the code that runs now belongs to the factory of a key.
 *
 * @param {object} driver
 * @param {string} key with its prefix
 */
export function isInFactoryOf(driver, key) {
  if (running === 0) return false;
  /** @type {Frame | undefined} */
  let frame = asyncContext()?.getStore() ?? current;
  for (; frame !== undefined; frame = frame.caller) {
    if (frame.isRunning && frame.driver === driver && frame.key === key) return true;
  }
  return false;
}

/**
 * Calls a factory.
 *
 * @template T
 * @param {object} driver
 * @param {string} key with its prefix
 * @param {() => T | Promise<T>} factory
 * @returns {Promise<T>}
 */
export async function callFactory(driver, key, factory) {
  const context = asyncContext();
  const caller = context?.getStore() ?? current;
  const frame = { driver, key, isRunning: true, caller };
  running++;
  try {
    return await callSynchronously(frame, context, factory);
  } finally {
    frame.isRunning = false;
    if (--running === 0) leaveContext();
  }
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
 * @param {Frame} frame
 * @param {any} context
 * @param {() => T} factory
 * @returns {T}
 */
function callSynchronously(frame, context, factory) {
  const before = current;
  current = frame;
  try {
    return context ? context.run(frame, factory) : factory();
  } finally {
    current = before;
  }
}
