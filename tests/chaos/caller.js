/**
 * A caller: makes one call after another on keys of its own, and checks every answer.
 */
import { TrackedKey } from './tracked-key.js';

/** Milliseconds that a call may take. */
const TIMEOUTS = [100, 300, 1000];
/** The longest that a caller pauses, in milliseconds. */
const LONGEST_PAUSE = 300;
/** After a call that failed at once, since the server is down, a caller waits for so many milliseconds at most. */
const LONGEST_RESPITE = 100;
/** So many keys of its own a caller has. */
const KEYS = 4;

/** How often each is done. @type {Record<string, number>} */
const WEIGHTS = {
  get: 24,
  set: 20,
  inc: 14,
  getMany: 10,
  setMany: 6,
  delete: 8,
  add: 6,
  has: 6,
  deleteMany: 3,
  getDict: 2,
  clear: 0.02,
  close: 0.02,
};

/**
 * @typedef {object} World What all callers of a run share.
 * @property {any} CacheError
 * @property {any[]} caches each throws its errors, and none has a prefix
 * @property {number} pauses how often a caller pauses before a call
 * @property {import('./ledger.js').Ledger} ledger
 * @property {import('./monitor.js').Monitor} monitor
 * @property {import('./tally.js').Tally} tally
 */

export class Caller {
  #world;
  #name;
  #random;
  #cacheNumber;
  #cache;
  #made = 0;
  /** @type {TrackedKey[]} */
  #keys;

  /**
   * @param {World} world
   * @param {string} name that no other caller of the run has
   * @param {import('./random.js').Random} random
   */
  constructor(world, name, random) {
    this.#world = world;
    this.#name = name;
    this.#random = random;
    this.#cacheNumber = random.between(0, world.caches.length - 1);
    this.#cache = world.caches[this.#cacheNumber];
    this.#keys = Array.from({ length: KEYS }, () => this.#freshKey());
  }

  /** Makes calls as long as there are any left. @param {() => boolean} takes whether another may be made */
  async run(takes) {
    while (takes()) {
      if (this.#random.chance(this.#world.pauses)) {
        await pause(this.#random.between(0, LONGEST_PAUSE));
      }
      const name = this.#random.weighted(WEIGHTS);
      await this.#actions[name]?.();
      this.#keys = this.#keys.map((key) => (key.isUncertain ? this.#replaced(key) : key));
    }
  }

  /** @type {Record<string, () => Promise<void>>} */
  #actions = {
    get: async () => {
      const key = this.#key();
      const { value, error } = await this.#call('get', key.name);
      if (error === undefined) this.#check('get', key, key.read(value));
    },
    has: async () => {
      const key = this.#key();
      const { value, error } = await this.#call('has', key.name);
      if (error === undefined) this.#check('has', key, key.existed(value));
    },
    set: async () => {
      const key = this.#key();
      const stored = key.nextValue(this.#random);
      const { error } = await this.#call('set', key.name, stored);
      this.#wrote(key, stored.number, error === undefined);
    },
    add: async () => {
      const key = this.#key();
      const stored = key.nextValue(this.#random);
      const { value, error } = await this.#call('add', key.name, stored);
      if (error !== undefined) return key.failed(stored.number);
      this.#check('add', key, key.existed(!value));
      if (value) key.happened(stored.number);
    },
    delete: async () => {
      const key = this.#key();
      const { value, error } = await this.#call('delete', key.name);
      if (error !== undefined) return key.deletionFailed();
      this.#check('delete', key, key.existed(value));
      key.deleted();
    },
    inc: async () => {
      const { ledger } = this.#world;
      const counter = ledger.counter(this.#cacheNumber);
      ledger.begin(counter);
      const outcome = await this.#call('inc', counter.name);
      const fault = ledger.end(counter, outcome);
      if (fault !== null) this.#violated('inc', counter.name, fault);
    },
    getMany: async () => {
      const { value, error } = await this.#call('getMany', ...this.#names());
      if (error === undefined) {
        this.#keys.forEach((key, at) => this.#readOne('getMany', key, value[at]));
      }
    },
    getDict: async () => {
      const { value, error } = await this.#call('getDict', ...this.#names());
      if (error === undefined) {
        this.#keys.forEach((key) => this.#readOne('getDict', key, value[key.name]));
      }
    },
    setMany: async () => {
      const stored = this.#keys.map((key) => key.nextValue(this.#random));
      const { value = [] } = await this.#call(
        'setMany',
        stored.map((each) => [each.key, each]),
      );
      this.#keys.forEach((key, at) =>
        this.#wrote(key, stored[at]?.number ?? 0, value.includes(key.name)),
      );
    },
    deleteMany: async () => {
      const { value = [] } = await this.#call('deleteMany', this.#names());
      for (const key of this.#keys) {
        if (value.includes(key.name)) key.deleted();
        else key.deletionFailed();
      }
    },
    clear: async () => {
      const key = new TrackedKey('only');
      const stored = key.nextValue(this.#random);
      const keyPrefix = `${this.#name}:clear:${this.#made++}:`;
      const results = [];
      for (const [method, ...args] of [['set', 'only', stored], ['clear'], ['has', 'only']]) {
        results.push(await this.#call(String(method), ...args, { keyPrefix }));
      }
      if (results.some(({ error }) => error !== undefined)) return;
      if (results[2]?.value) this.#violated('clear', keyPrefix, 'not cleared');
    },
    close: async () => {
      const longest = Math.max(...TIMEOUTS);
      const { late } = await this.#world.monitor.watch(this.#cache.close(), longest);
      this.#world.tally.lateness('close', this.#name, late);
    },
  };

  /**
   * @param {string} method
   * @param {...any} args
   * @returns {Promise<import('./monitor.js').Outcome>}
   */
  async #call(method, ...args) {
    const last = args.at(-1);
    const options = typeof last?.keyPrefix === 'string' ? args.pop() : {};
    const operationTimeout = this.#random.pick(TIMEOUTS);
    /** @type {any} */
    let reported;
    const settings = {
      ...options,
      operationTimeout: operationTimeout / 1000,
      ...this.#variation((error) => (reported = error)),
    };
    const { tally, monitor } = this.#world;
    tally.called();
    const promise = this.#cache.with(settings)[method](...args);
    const outcome = await monitor.watch(promise, operationTimeout, settings.signal);
    if (reported !== undefined) outcome.error = reported;
    tally.ended(`${method} ${args[0]?.slice?.(0, 40)}`, outcome, this.#world.CacheError);
    if (outcome.hung) outcome.error = { code: 'HUNG' };
    if (outcome.error?.retryInMs !== undefined) {
      await pause(this.#random.between(0, LONGEST_RESPITE));
    }
    return outcome;
  }

  /**
   * Most calls reject, some answer as cachelib does and report, some are aborted.
   *
   * @param {(error: any) => void} onError
   */
  #variation(onError) {
    if (this.#random.chance(0.1)) return { throwOnError: false, onError };
    if (this.#random.chance(0.1)) return { signal: this.#abortSoon() };
    return {};
  }

  #abortSoon() {
    const controller = new AbortController();
    const wait = this.#random.between(0, 50);
    if (wait === 0) controller.abort();
    else setTimeout(() => controller.abort(), wait);
    return controller.signal;
  }

  /** @param {TrackedKey} key @param {number} number @param {boolean} isAcknowledged */
  #wrote(key, number, isAcknowledged) {
    if (isAcknowledged) key.happened(number);
    else key.failed(number);
  }

  /** @param {string} method @param {TrackedKey} key @param {any} value */
  #readOne(method, key, value) {
    this.#check(method, key, key.read(value));
  }

  /** @param {string} method @param {TrackedKey} key @param {string | null} fault */
  #check(method, key, fault) {
    if (fault !== null) this.#violated(method, key.name, fault);
  }

  /** @param {string} method @param {string} key @param {string} fault */
  #violated(method, key, fault) {
    this.#world.tally.violated(fault, `${method} ${key}`);
  }

  #key() {
    return this.#random.pick(this.#keys);
  }

  #names() {
    return this.#keys.map(({ name }) => name);
  }

  #freshKey() {
    return new TrackedKey(`${this.#name}:${this.#made++}`);
  }

  /** Another key, for now and then: what failed may happen yet, and is waited for. @param {TrackedKey} key */
  #replaced(key) {
    return this.#random.chance(0.2) ? this.#freshKey() : key;
  }
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
