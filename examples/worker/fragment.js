/**
 * A part of the page that takes long to make, and is kept in the cache.
 * @module
 */
import { html } from './html.js';
import { explain } from './problems.js';

/** @import { Calls } from './calls.js' */

/**
 * @typedef {object} Drawn
 * @property {string} markup
 * @property {'hit' | 'stale' | 'miss'} status whether it came from the cache; a stale one is drawn anew after the answer
 * @property {number} age seconds
 * @property {number} milliseconds what it took to get it
 * @property {number | null} expiresIn seconds; null when it could not be kept, or is being replaced
 * @property {import('./problems.js').Problem} [problem]
 */

const KEY = 'fragment';
/** How long a drawing is fresh, and how long it can be shown after that while a new one is drawn, in seconds. */
export const TIMEOUT = 20;
export const GRACE = 60;

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
  const { value, problem } = await calls.getOrSet(KEY, draw, { timeout: TIMEOUT, grace: GRACE });
  // Whoever writes to the cache may have stored something else.
  const { markup, madeAt } = value?.madeAt instanceof Date ? value : await draw();
  const age = Math.max(0, Date.now() - madeAt.getTime()) / 1000;
  const isNew = madeAt.getTime() >= start;
  const status = isNew ? 'miss' : age < TIMEOUT ? 'hit' : 'stale';
  const expiresIn = problem || status === 'stale' ? null : TIMEOUT - age;
  return {
    markup,
    status,
    age,
    milliseconds: Date.now() - start,
    expiresIn,
    ...(problem && { problem: explain(problem) }),
  };
}

const WIDTH = 240;
const HEIGHT = 140;
const MARGIN = 6;
const STEPS = 1400;

/** A harmonograph: the curve of a pen that hangs on two pendulums, each swinging in two directions. */
async function draw() {
  await scheduler.wait(WORK_MILLISECONDS);
  const xs = fit(swings(), WIDTH);
  const ys = fit(swings(), HEIGHT);
  const path = xs.map((x, at) => `${x.toFixed(1)} ${ys[at]?.toFixed(1)}`).join('L');
  const hue = Math.floor(Math.random() * 360);
  const markup = String(
    html`<svg
      viewBox="0 0 ${WIDTH} ${HEIGHT}"
      role="img"
      aria-label="A curve drawn by two pendulums"
    >
      <path d="M${path}" fill="none" stroke="hsl(${hue} 65% 52%)" stroke-width=".6" />
    </svg>`,
  );
  return { markup, madeAt: new Date() };
}

/** Where two pendulums that swing in one direction have the pen, step by step. */
function swings() {
  const pendulums = [2, 3].map((frequency) => ({
    frequency: frequency + (Math.random() - 0.5) * 0.02,
    phase: Math.random() * 2 * Math.PI,
    damping: 0.004 + Math.random() * 0.008,
  }));
  return Array.from({ length: STEPS }, (_, step) => {
    const time = step * 0.058;
    const at = pendulums.map(
      ({ frequency, phase, damping }) =>
        Math.sin(time * frequency + phase) * Math.exp(-damping * time),
    );
    return at.reduce((sum, each) => sum + each);
  });
}

/**
 * Stretches places so that they fill a length.
 *
 * @param {number[]} places
 * @param {number} length
 */
function fit(places, length) {
  const least = Math.min(...places);
  const scale = (length - 2 * MARGIN) / (Math.max(...places) - least);
  return places.map((place) => MARGIN + (place - least) * scale);
}
