/**
 * Factories for getOrSet, and waiting for what they bring about.
 */

/** A factory that counts its runs, and what it was called with. */
export function counting(/** @type {(run: number, context: any) => any} */ compute) {
  const factory = (/** @type {any} */ context) => {
    factory.contexts.push(context);
    return compute(++factory.runs, context);
  };
  factory.runs = 0;
  factory.contexts = /** @type {any[]} */ ([]);
  return factory;
}

/**
 * Waits until something is so.
 *
 * @param {() => unknown} condition
 */
export async function until(condition) {
  for (let left = 200; left > 0; left--) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`it never came to be: ${condition}`);
}
