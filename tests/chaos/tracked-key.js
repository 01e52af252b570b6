/**
 * What a key may hold, by what its only caller has done to it: the model against which answers are checked.
 *
 * A call that failed may have happened, or happen later, when its bytes arrive late. A call that succeeded has happened once.
 */

/** Stands for no value. */
const ABSENT = 0;

/** A value's text is as long as this at most. */
const LONGEST_PADDING = 300_000;

export class TrackedKey {
  /** Numbers of the values that the key holds if no failed call happens any more. */
  #current = new Set([ABSENT]);
  /** What failed calls have left, or may leave yet. @type {Set<number>} */
  #late = new Set();
  #written = 0;

  /** @param {string} name */
  constructor(name) {
    this.name = name;
  }

  /** Whether a failed call may change it yet. */
  get isUncertain() {
    return this.#late.size > 0;
  }

  /**
   * A value that tells which key it belongs to, and which write.
   *
   * @param {import('./random.js').Random} random
   */
  nextValue(random) {
    const length = random.chance(0.001)
      ? random.magnitude(20_000, LONGEST_PADDING)
      : random.magnitude(1, random.chance(0.05) ? 20_000 : 40);
    return { key: this.name, number: ++this.#written, padding: paddingOf(this.#written, length) };
  }

  /** @param {number} number of the value that was stored, or ABSENT */
  happened(number) {
    this.#current = new Set([number]);
  }

  /** @param {number} number of the value that a failed call would have stored, or ABSENT */
  failed(number) {
    this.#late.add(number);
  }

  deleted() {
    this.happened(ABSENT);
  }

  deletionFailed() {
    this.failed(ABSENT);
  }

  /**
   * What is wrong with a value that was read, or null.
   *
   * @param {any} value
   * @returns {string | null}
   */
  read(value) {
    if (value === null) return this.#seen(ABSENT);
    if (value.key !== this.name) return 'crossed';
    const { number, padding } = value;
    if (padding !== paddingOf(number, padding.length)) return 'damaged';
    return this.#seen(number);
  }

  /**
   * What is wrong with an answer that tells whether the key exists, or null.
   *
   * @param {boolean} exists
   */
  existed(exists) {
    const possible = [...this.#current, ...this.#late];
    if (possible.some((number) => (number !== ABSENT) === exists)) return null;
    if (!exists) this.deleted();
    return exists ? 'said to exist' : 'said not to exist';
  }

  /** @param {number} number */
  #seen(number) {
    if (this.#current.has(number) || this.#late.has(number)) return null;
    // Told once: from here on this is what the key holds.
    this.happened(number);
    if (number === ABSENT) return 'lost';
    return number > this.#written ? 'never written' : 'overwritten by an older one';
  }
}

/**
 * @param {number} number
 * @param {number} length
 */
function paddingOf(number, length) {
  return String.fromCharCode(97 + (number % 26)).repeat(length);
}
