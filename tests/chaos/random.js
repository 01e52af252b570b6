/**
 * Random numbers by a seed, so that a run can be repeated.
 */

/** A generator of its own for each user: what one draws does not change what another gets. */
export class Random {
  #state = 2166136261;

  /** @param {...(string | number)} seed all that tells this generator from others */
  constructor(...seed) {
    // FNV-1a
    for (const character of seed.join('/')) {
      this.#state = Math.imul(this.#state ^ character.charCodeAt(0), 16777619);
    }
  }

  /** From 0 to below 1, by mulberry32. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }

  /** @param {number} probability */
  chance(probability) {
    return this.next() < probability;
  }

  /** An integer, both ends included. @param {number} least @param {number} most */
  between(least, most) {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  /** An integer of any order of magnitude in a range. @param {number} least above 0 @param {number} most */
  magnitude(least, most) {
    return Math.floor(least * (most / least) ** this.next());
  }

  /** @template T @param {readonly T[]} list @returns {T} */
  pick(list) {
    return /** @type {T} */ (list[this.between(0, list.length - 1)]);
  }

  /** One of the names, each as often as its weight says. @param {Record<string, number>} weights */
  weighted(weights) {
    let left = this.next() * Object.values(weights).reduce((sum, weight) => sum + weight, 0);
    const found = Object.entries(weights).find(([, weight]) => (left -= weight) < 0);
    return found?.[0] ?? /** @type {string} */ (Object.keys(weights)[0]);
  }
}
