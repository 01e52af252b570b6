/**
 * Random JavaScript values of all that the value table has.
 * @module
 */

const ALPHABET = [
  'a',
  'Z',
  '0',
  ' ',
  '"',
  '\\',
  '\n',
  '\0',
  '\x7f',
  'é',
  '€',
  '😀',
  '\ud800',
  '\udc00',
  '\u2028',
];
const KEYS = ['id', 'name', '__proto__', 'constructor', '0', '10', 'é', '', 'a b', 'length', '\0b'];

/**
 * The value of a seed.
 *
 * @param {number} seed
 */
export function randomValue(seed) {
  return new RandomValues(seed).value(0);
}

class RandomValues {
  /** @param {number} seed */
  constructor(seed) {
    this.state = Math.imul(seed, 0x9e3779b1) | 1;
    /** @type {unknown[]} */
    this.shared = [];
  }

  /** From 0 to 1: xorshift of 32 bits. */
  random() {
    let { state } = this;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.state = state;
    return (state >>> 0) / 2 ** 32;
  }

  /** @param {number} limit */
  below(limit) {
    return Math.floor(this.random() * limit);
  }

  /**
   * @template T
   * @param {readonly T[]} choices
   */
  pick(choices) {
    return /** @type {T} */ (choices[this.below(choices.length)]);
  }

  count() {
    if (this.random() < 0.001) return 1100;
    return Math.min(40, Math.floor(-Math.log(1 - this.random()) * 3));
  }

  /**
   * @template T
   * @param {() => T} make
   */
  several(make) {
    return Array.from({ length: this.count() }, make);
  }

  /**
   * @param {number} depth
   * @returns {unknown}
   */
  value(depth) {
    if (this.shared.length > 0 && this.random() < 0.03) return this.pick(this.shared);
    if (depth > 5 || this.random() < 0.5) return this.scalar();
    const made = this.container(depth);
    this.shared.push(made);
    return made;
  }

  scalar() {
    switch (this.below(8)) {
      case 0:
        return this.pick([null, true, false]);
      case 1:
        return new Date(this.below(3e11) * 1000 - 6e13 + this.below(1000));
      case 2:
        return Uint8Array.from(this.several(() => this.below(256)));
      case 3:
        return this.bigint();
      case 4:
        return this.text();
      default:
        return this.number();
    }
  }

  /** @param {number} depth */
  container(depth) {
    const inner = () => this.value(depth + 1);
    switch (this.below(6)) {
      case 0:
        return new Set(this.several(() => (this.random() < 0.8 ? this.text() : this.frozen(0))));
      case 1:
        // One key at least that is no string: else it comes back as an object.
        return new Map(
          [[null, inner()], ...this.several(() => [this.key(), inner()])].map(([key, item]) => [
            key,
            item,
          ]),
        );
      case 2:
      case 3:
        return this.several(inner);
      case 4:
        return this.rows(inner);
      default:
        return this.object(
          this.several(() => this.text()),
          inner,
        );
    }
  }

  key() {
    return this.pick([() => this.text(), () => this.below(1e6) + 2, () => this.frozen(0)])();
  }

  /**
   * A tuple or a frozenset. None is the same as another: each holds a number of its own.
   *
   * @param {number} depth
   * @returns {unknown}
   */
  frozen(depth) {
    const items = /** @type {unknown[]} */ ([this.below(2 ** 53)]);
    for (let more = this.below(4); more > 0; more--) {
      items.push(depth < 3 && this.random() < 0.3 ? this.frozen(depth + 1) : this.text());
    }
    return this.random() < 0.7 ? items : new Set(items);
  }

  /** @param {() => unknown} inner */
  rows(inner) {
    const keys = [...new Set(this.several(() => this.pick(KEYS)))];
    return this.several(() => this.object(this.random() < 0.8 ? keys : [...keys, 'more'], inner));
  }

  /**
   * @param {string[]} keys
   * @param {() => unknown} inner
   */
  object(keys, inner) {
    const object = {};
    for (const key of keys) {
      const property = { value: inner(), configurable: true, enumerable: true, writable: true };
      Object.defineProperty(object, key, property);
    }
    return object;
  }

  number() {
    switch (this.below(5)) {
      case 0:
        return this.pick([
          0,
          -0,
          255,
          256,
          65536,
          2 ** 31,
          -(2 ** 31),
          2 ** 53 - 1,
          2 ** 53,
          NaN,
          Infinity,
          -Infinity,
          5e-324,
        ]);
      case 1:
        return this.random();
      case 2:
        return (this.random() - 0.5) * 10 ** (this.below(600) - 300);
      default:
        return this.below(2 ** this.below(54)) * this.pick([1, -1]);
    }
  }

  bigint() {
    let digits = 2n ** 60n;
    for (let more = this.below(40); more > 0; more--) {
      digits = (digits << 32n) + BigInt(this.below(2 ** 32));
    }
    return this.random() < 0.5 ? digits : -digits;
  }

  text() {
    if (this.random() < 0.02) {
      return this.pick(ALPHABET).repeat(this.pick([47, 48, 49, 85, 86, 255, 256, 70000]));
    }
    return this.several(() => this.pick(ALPHABET)).join('');
  }
}
