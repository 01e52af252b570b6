/** What the terminal shows: with colours on a terminal that has them, and as readable without. */

import { styleText } from 'node:util';

/** @typedef {Parameters<typeof styleText>[0]} Style */

const coloured =
  process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';

/** @param {Style} style */
const styled = (style) => (/** @type {string} */ text) =>
  coloured ? styleText(style, text, { validateStream: false }) : text;

export const bold = styled('bold');
export const dim = styled('dim');
export const good = styled('green');
export const bad = styled(['bold', 'red']);
export const link = styled(['bold', 'cyan', 'underline']);

/**
 * A text cut to a length.
 * @param {string} text
 * @param {number} length
 */
export function cut(text, length) {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

/** @param {string[]} lines */
export function print(...lines) {
  for (const line of lines) console.log(line);
}
