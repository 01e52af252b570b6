/**
 * Reads stored bytes apart from any connection, by a core of its own: the drivers' cores are in use until the end of the tick.
 * @module
 */
import { wants } from '../core/call-table.js';
import { readItem } from '../core/outcomes.js';
import { Report } from '../core/report.js';
import { outOfMemory } from '../errors/from-core.js';
import { CachelibSerializer } from '../serializer/cachelib.js';

/** @import { Core } from '../../pkg/core.js' */
/** @import { Call } from '../call.js' */
/** @import { CacheError } from '../errors/classes.js' */
/** @import { Installation } from '../core/installation.js' */
/** @import { Instance } from '../core/instance.js' */

/** The core is replaced after a longer value, in bytes. */
const MAX_RETAINED = 1 << 20;

export class StoredDecoder {
  #installation;
  #instanceOf;
  /** By instance of the core, whose memory it must not keep. @type {WeakMap<Instance, Loader>} */
  #loaders = new WeakMap();

  /**
   * @param {Installation} installation
   * @param {() => Instance} instanceOf the current instance of the core
   */
  constructor(installation, instanceOf) {
    this.#installation = installation;
    this.#instanceOf = instanceOf;
  }

  /**
   * The value of stored bytes, as `Call.answerAll` and `Call.find` take it: a serializer of the user's has yet to read it.
   *
   * @param {Call} call
   * @param {Uint8Array} stored
   * @param {CacheError[]} errors gets one if it is unreadable
   */
  read(call, stored, errors) {
    if (isOwn(call.serializer)) return stored.slice();
    try {
      return readItem(this.#load(call, stored), call, this.#installation.errorOf, errors);
    } catch (error) {
      errors.push(/** @type {CacheError} */ (error));
      return null;
    }
  }

  /**
   * A report whose current entry is the value.
   *
   * @param {Call} call
   * @param {Uint8Array} stored
   */
  #load(call, stored) {
    const instance = this.#instanceOf();
    return this.#loaderFor(instance, stored.length).load(instance, wants(call.serializer), stored);
  }

  /**
   * @param {Instance} instance
   * @param {number} length of the value, in bytes
   */
  #loaderFor(instance, length) {
    const known = this.#loaders.get(instance);
    if (known !== undefined && (known.capacity <= MAX_RETAINED || length > MAX_RETAINED)) {
      return known;
    }
    known?.core.free();
    const installation = this.#installation;
    const core = instance.makeCore(installation.options(), installation.in(instance));
    const loader = new Loader(core, instance.memory);
    this.#loaders.set(instance, loader);
    return loader;
  }
}

/** A core that reads stored bytes, and the place for them in its memory. */
class Loader {
  core;
  #report;
  #address = 0;
  capacity = 0;

  /**
   * @param {Core} core
   * @param {WebAssembly.Memory} memory
   */
  constructor(core, memory) {
    this.core = core;
    this.#report = new Report(core, memory);
  }

  /**
   * @param {Instance} instance
   * @param {ReturnType<typeof wants>} wanted
   * @param {Uint8Array} stored
   */
  load(instance, wanted, stored) {
    const { length } = stored;
    if (length > this.capacity) this.#reserve(length);
    const report = this.#report;
    report.bytes.set(stored, this.#address);
    report.begin(instance.attempt(() => this.core.load(wanted, length)));
    report.next();
    return report;
  }

  /** @param {number} length */
  #reserve(length) {
    this.#address = this.core.reserve_operations(length) >>> 0;
    this.capacity = this.#address && length;
    if (this.#address > 0) return;
    throw outOfMemory();
  }
}

/**
 * Whether a serializer reads stored bytes itself. It may keep or change them.
 *
 * @param {Call['serializer']} serializer
 */
function isOwn(serializer) {
  return serializer !== null && !(serializer instanceof CachelibSerializer);
}
