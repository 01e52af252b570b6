/** Saying what is being done: a line when a step starts, now and then one while it lasts, a line when it ends. */

import { AsyncLocalStorage } from 'node:async_hooks';

const HEARTBEAT_MS = 20_000;

/**
 * The last line that a program of the step at hand has printed: several steps run side by side.
 * @type {AsyncLocalStorage<{ lastLine: string }>}
 */
const current = new AsyncLocalStorage();

/**
 * Notes what a program has just printed: the next heartbeat shows its last line.
 * @param {string} text
 */
export function noteOutput(text) {
  const state = current.getStore();
  const line = text
    .trimEnd()
    .split(/[\r\n]/)
    .at(-1)
    ?.trim();
  if (line && state !== undefined) state.lastLine = line;
}

/**
 * Does one step of work and reports it.
 * @template T
 * @param {string} title
 * @param {string} expected how long it takes, in words
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, expected, work) {
  const start = Date.now();
  const state = { lastLine: '' };
  console.log(`… ${title} (${expected})`);
  const timer = setInterval(() => {
    console.log(`  ${title}, for ${duration(start)} now: ${state.lastLine.slice(0, 100)}`);
  }, HEARTBEAT_MS);
  try {
    const result = await current.run(state, work);
    console.log(`✓ ${title}: ${duration(start)}`);
    return result;
  } finally {
    clearInterval(timer);
  }
}

/**
 * The time since `start`, in words.
 * @param {number} start milliseconds, as Date.now() gives them
 */
export function duration(start) {
  const seconds = (Date.now() - start) / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
