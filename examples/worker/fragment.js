/**
 * A part of the page that takes long to make, and is kept in the cache.
 * @module
 */
import { html, raw } from './html.js';
import { explain } from './problems.js';

/** @import { Calls } from './calls.js' */

/**
 * @typedef {object} Drawn
 * @property {string} markup
 * @property {'hit' | 'miss'} status whether it came from the cache
 * @property {number} age seconds
 * @property {number} milliseconds what it took to get it
 * @property {number | null} expiresIn seconds; null when it could not be kept
 * @property {import('./problems.js').Problem} [problem]
 */

const KEY = 'fragment';
/** How long a drawing is kept, in seconds. */
export const TIMEOUT = 20;

/** As long as a slow database would take. */
const WORK_MILLISECONDS = 400;

/**
 * The fragment, from the cache when it is there.
 *
 * @param {Calls} calls
 * @returns {Promise<Drawn>}
 */
export async function fragment(calls) {
  const start = Date.now();
  try {
    const kept = await calls.make('get', KEY);
    if (kept?.madeAt instanceof Date) {
      const age = (Date.now() - kept.madeAt.getTime()) / 1000;
      const milliseconds = Date.now() - start;
      return { markup: kept.markup, status: 'hit', age, milliseconds, expiresIn: TIMEOUT - age };
    }
    const markup = await draw();
    await calls.make('set', KEY, { markup, madeAt: new Date() }, TIMEOUT);
    return { markup, status: 'miss', age: 0, milliseconds: Date.now() - start, expiresIn: TIMEOUT };
  } catch (error) {
    // A page does without its cache: only slower.
    const problem = explain(error);
    const markup = await draw();
    return {
      markup,
      status: 'miss',
      age: 0,
      milliseconds: Date.now() - start,
      expiresIn: null,
      problem,
    };
  }
}

const SIZE = 200;
const STEPS = 900;

/** A harmonograph: the curve of a pen that hangs on two pendulums, each swinging in two directions. */
async function draw() {
  await scheduler.wait(WORK_MILLISECONDS);
  const pendulum = () => ({
    frequency: 2 + Math.floor(Math.random() * 3) + (Math.random() - 0.5) * 0.02,
    phase: Math.random() * 2 * Math.PI,
    damping: 0.004 + Math.random() * 0.008,
  });
  const [x1, x2, y1, y2] = [pendulum(), pendulum(), pendulum(), pendulum()];
  /** @typedef {ReturnType<typeof pendulum>} Pendulum */
  const swing = (
    /** @type {Pendulum} */ { frequency, phase, damping },
    /** @type {number} */ time,
  ) => Math.sin(time * frequency + phase) * Math.exp(-damping * time);
  const points = Array.from({ length: STEPS }, (_, step) => {
    const time = step * 0.09;
    const x = (SIZE / 2) * (1 + 0.48 * (swing(x1, time) + swing(x2, time)));
    const y = (SIZE / 2) * (1 + 0.48 * (swing(y1, time) + swing(y2, time)));
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  const hue = Math.floor(Math.random() * 360);
  return String(
    html`<svg viewBox="0 0 ${SIZE} ${SIZE}" role="img" aria-label="A curve drawn by two pendulums">
      <path
        d="M${raw(points.join('L'))}"
        fill="none"
        stroke="hsl(${hue} 65% 52%)"
        stroke-width=".6"
      />
    </svg>`,
  );
}
