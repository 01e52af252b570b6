/** Saying what is being done: a line when a step starts, a sign of life while it lasts, a line when it ends. */

const SIGN_OF_LIFE_MS = 20_000;

let lastLine = '';

/**
 * Notes what a program has just printed: the next sign of life shows its last line.
 * @param {string} text
 */
export function heard(text) {
  const line = text
    .trimEnd()
    .split(/[\r\n]/)
    .at(-1)
    ?.trim();
  if (line) lastLine = line;
}

/**
 * Does one step of work aloud.
 * @template T
 * @param {string} title
 * @param {string} expected how long it takes, in words
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, expected, work) {
  const start = Date.now();
  lastLine = '';
  console.log(`… ${title} (${expected})`);
  const timer = setInterval(() => {
    console.log(`  still at it after ${duration(start)}: ${lastLine.slice(0, 100)}`);
  }, SIGN_OF_LIFE_MS);
  try {
    const result = await work();
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
