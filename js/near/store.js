/**
 * The entries of a near cache: stored bytes by key, and in the order of their last use.
 *
 * Each belongs to a space. What is in the space '' is ended by its timeout alone; every other one ends when it is not certain any
 * more that all changes of its keys are told. The id of an entry is its space and its key.
 * @module
 */

/**
 * @typedef {object} Entry
 * @property {string} id
 * @property {string} space
 * @property {Uint8Array} stored nobody changes it
 * @property {number} readAt when the read was sent, in milliseconds
 * @property {number} expiresAt when the key expires at the earliest; Infinity: never
 * @property {number} size in bytes
 * @property {string | number | boolean} [value] what cachelib's serializer reads, once it was read and is nothing that
 *   anybody can change
 * @property {Entry} before the one used just before it
 * @property {Entry} after the one used just after it
 */

/** @typedef {Pick<Entry, 'space' | 'stored' | 'readAt' | 'expiresAt'>} Found What a read has found. */

/** What an entry takes beside its key and its value, in bytes: 520 to 680 in Node 20, by its resident memory (2026-11-26). */
const OVERHEAD = 640;
/** How many version numbers keys share. */
const VERSIONS = 1024;

export class NearStore {
  /** How much is kept at most, in bytes. */
  maxBytes = 0;
  /** @type {Map<string, Entry>} */
  #entries = new Map();
  /**
   * Its ends are linked by this, which is none of them. A Map keeps the order of insertion too, but passes over all that was deleted
   * since it grew last each time that its oldest entry is asked for: 13 µs with 24,000 entries, 107 with 380,000 (2026-11-27).
   */
  #ends = makeEnds();
  #bytes = 0;
  /**
   * How often keys were evicted, by the hash of the key: a read that was in flight at an eviction finds another number than before.
   * So nothing need be known of reads that never end, as those of requests that are cancelled.
   */
  #versions = new Uint32Array(VERSIONS);
  #clears = 0;
  /** Those in which keys are evicted. */
  spaces = new Set(['']);

  /**
   * @param {string} space
   * @param {string} id which that of another space may be like, too
   * @returns {Entry | undefined}
   */
  find(space, id) {
    const entry = this.#entries.get(id);
    if (entry?.space !== space) return undefined;
    unlink(entry);
    this.#append(entry);
    return entry;
  }

  /**
   * The version of an entry. It is another one after each eviction.
   *
   * @param {string} id
   */
  versionOf(id) {
    return this.#clears + /** @type {number} */ (this.#versions[hash(id)]);
  }

  /**
   * Keeps what a read has found, unless the key was evicted after the read was sent, or a later read has found another value.
   *
   * @param {string} id
   * @param {Found} found
   * @param {number} version of the entry when the read was sent
   */
  keep(id, found, version) {
    if (this.versionOf(id) !== version) return;
    const known = this.#entries.get(id);
    if (known !== undefined && known.readAt > found.readAt) return;
    this.remove(id);
    const size = found.stored.length + 2 * id.length + OVERHEAD;
    if (size > this.maxBytes) return;
    // A copy, since what V8 cuts out of a string keeps all of that in memory.
    const own = ` ${id}`.slice(1);
    const ends = this.#ends;
    const entry = { ...found, id: own, size, value: undefined, before: ends, after: ends };
    this.#entries.set(own, entry);
    this.#append(entry);
    this.#grow(size);
  }

  /**
   * Keeps the value of an entry beside its stored bytes: hits on strings of 100 characters take a fifth as long then, on strings of
   * 10,000 a tenth (medians of 15 interleaved rounds, 2026-11-26).
   *
   * @param {string} id
   * @param {Entry} entry
   * @param {NonNullable<Entry['value']>} value
   */
  keepValue(id, entry, value) {
    const size = typeof value === 'string' ? 2 * value.length : 0;
    if (entry.size + size > this.maxBytes || this.#entries.get(id) !== entry) return;
    entry.value = value;
    entry.size += size;
    this.#grow(size);
  }

  /** @param {number} size */
  #grow(size) {
    this.#bytes += size;
    while (this.#bytes > this.maxBytes) this.remove(this.#ends.after.id);
  }

  /** @param {Entry} entry that is used last */
  #append(entry) {
    const ends = this.#ends;
    [entry.before, entry.after] = [ends.before, ends];
    ends.before.after = entry;
    ends.before = entry;
  }

  /** @param {string} id of a key that has no value any more */
  remove(id) {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    unlink(entry);
    this.#bytes -= entry.size;
  }

  /**
   * Removes a key that has changed, in all spaces. Reads of it that are in flight are not kept.
   *
   * @param {string} key
   */
  evict(key) {
    for (const space of this.spaces) this.evictEntry(space + key);
  }

  /** @param {string} id */
  evictEntry(id) {
    const index = hash(id);
    this.#versions[index] = /** @type {number} */ (this.#versions[index]) + 1;
    this.remove(id);
  }

  /**
   * Evicts all keys. Reads that are in flight are not kept.
   *
   * @param {string} [space] that they are in; all where it is left out
   */
  clear(space) {
    this.#clears++;
    for (const [id, entry] of this.#entries) {
      if ((space ?? entry.space) === entry.space) this.remove(id);
    }
  }
}

/** @returns {Entry} which is before and after itself */
function makeEnds() {
  const ends = /** @type {any} */ ({});
  ends.before = ends.after = ends;
  return ends;
}

/** @param {Entry} entry */
function unlink({ before, after }) {
  before.after = after;
  after.before = before;
}

/** @param {string} id */
function hash(id) {
  let value = 0;
  for (let index = 0; index < id.length; index++) value = (value * 31 + id.charCodeAt(index)) | 0;
  return (value ^ (value >>> 16)) & (VERSIONS - 1);
}
