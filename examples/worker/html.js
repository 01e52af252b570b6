/**
 * HTML by template literals.
 * @module
 */

const ENTITIES = /** @type {Record<string, string>} */ ({
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
});

/** Text that is HTML already. */
class Html {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

/**
 * A template whose values are escaped, unless they are HTML themselves; of arrays, each element; null is nothing.
 *
 * @param {TemplateStringsArray} strings
 * @param {...unknown} values
 */
export function html(strings, ...values) {
  return new Html(strings.reduce((text, string, at) => text + insert(values[at - 1]) + string));
}

/**
 * Says that a text is HTML: for what this Worker made itself.
 *
 * @param {string} text
 */
export function raw(text) {
  return new Html(text);
}

/**
 * @param {unknown} value
 * @returns {string}
 */
function insert(value) {
  if (Array.isArray(value)) return value.map(insert).join('');
  if (value instanceof Html) return value.text;
  if (value === null || value === undefined) return '';
  return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
