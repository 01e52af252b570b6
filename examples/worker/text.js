/**
 * Text that others wrote, made fit to be shown.
 * @module
 */

/** How many characters of a text are shown. */
export const LONGEST_TEXT = 400;

/**
 * What a reader would not see, or what would rearrange the text around it: control and format characters (those that set the
 * direction of writing among them), line separators, halves of pairs, and letters without a shape.
 */
const INVISIBLE = /\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}|\p{Cs}|\p{Default_Ignorable_Code_Point}/gu;

/**
 * A text with escapes in place of what cannot be seen, and cut when it is long.
 *
 * @param {string} text
 * @param {number} [longest] in characters
 */
export function visible(text, longest = LONGEST_TEXT) {
  if (text.length <= longest) return text.replace(INVISIBLE, escape);
  // Not in the middle of a pair.
  const start = text.slice(0, longest).replace(/[\ud800-\udbff]$/, '');
  return `${start.replace(INVISIBLE, escape)}…`;
}

/** @param {string} character */
function escape(character) {
  const code = /** @type {number} */ (character.codePointAt(0)).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}
