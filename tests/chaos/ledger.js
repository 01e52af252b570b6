/**
 * Counters, and how often they were counted: an `inc` happens once when it is acknowledged, at most once when it failed,
 * and never when it was refused.
 */

/** A counter is used so often, then left as it is until the end. */
const USES = 1000;
/** So many counters of a cache are in use at once. */
const WIDTH = 8;

/** What a server answers to a command that it does not execute, and a connection that never was. */
const REFUSED =
  /^(CONNECTION_REFUSED|OOM|READONLY|NOPERM|NOAUTH|WRONGPASS|LOADING|BUSY|MAX_CLIENTS)$/;

/** @typedef {{ name: string, acknowledged: number, uncertain: number, waiting: number, seen: Set<number> | null, started: number }} Counter */

export class Ledger {
  /** Those of each cache by its number. @type {Counter[][]} */
  #retired = [];
  /** @type {Counter[][]} */
  #active = [];
  #made = 0;
  #next = 0;
  #owner;

  /** @param {string} owner tells its counters from those of others */
  constructor(owner) {
    this.#owner = owner;
  }

  /** @param {number} cache its number */
  counter(cache) {
    const active = (this.#active[cache] ??= []);
    const at = this.#next++ % WIDTH;
    const found = active[at];
    if (found && found.started < USES) return found;
    if (found) (this.#retired[cache] ??= []).push(found);
    const name = `${this.#owner}:counter:${this.#made++}`;
    const fresh = { name, acknowledged: 0, uncertain: 0, waiting: 0, started: 0, seen: new Set() };
    return (active[at] = fresh);
  }

  /** @param {Counter} counter */
  begin(counter) {
    counter.started++;
    counter.waiting++;
  }

  /**
   * What is wrong with an outcome of `inc`, or null.
   *
   * @param {Counter} counter
   * @param {{ value?: any, error?: any }} outcome
   */
  end(counter, { value, error }) {
    counter.waiting--;
    if (error !== undefined) {
      if (!REFUSED.test(error.code)) counter.uncertain++;
      return this.#settled(counter, null);
    }
    counter.acknowledged++;
    const isNew = counter.seen?.has(value) === false && value >= 1;
    counter.seen?.add(value);
    return this.#settled(counter, isNew ? null : 'counted twice');
  }

  /** @param {Counter} counter @param {string | null} fault */
  #settled(counter, fault) {
    if (counter.started >= USES && counter.waiting === 0) counter.seen = null;
    return fault;
  }

  /** Every counter with the least and the most that it may be. What still waits may have happened. */
  bounds() {
    return [0, 1].map((cache) =>
      [...(this.#retired[cache] ?? []), ...(this.#active[cache] ?? [])].map(
        ({ name, acknowledged, uncertain, waiting }) => ({
          name,
          least: acknowledged,
          most: acknowledged + uncertain + waiting,
        }),
      ),
    );
  }
}
