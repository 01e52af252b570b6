/**
 * What a run has seen: calls by outcome, and what must not be.
 */
import { TOLERANCE } from './monitor.js';

/** So many examples of each violation are kept. */
const EXAMPLES = 5;
/** The proxy changes no byte, and nobody else writes these keys: an error of these codes is a fault of the package. */
const IMPOSSIBLE = new Set([
  'PROTOCOL',
  'UNREADABLE',
  'UNSERIALIZABLE',
  'WRONGTYPE',
  'NOT_AN_INTEGER',
]);

/** By kind. @typedef {Record<string, { count: number, examples: string[] }>} Violations */

export class Tally {
  calls = 0;
  answered = 0;
  /** The most that a call was late beyond the process's lag, in milliseconds. */
  latest = 0;
  /** Errors by code. @type {Record<string, number>} */
  errors = {};
  /** @type {Violations} */
  violations = {};

  called() {
    this.calls++;
  }

  /**
   * @param {string} what
   * @param {import('./monitor.js').Outcome} outcome
   * @param {any} CacheError
   */
  ended(what, { error, hung, late }, CacheError) {
    this.lateness(what, error?.code ?? '', late);
    if (hung) return;
    if (error === undefined) return void this.answered++;
    const { code } = error;
    this.errors[code] = (this.errors[code] ?? 0) + 1;
    if (!(error instanceof CacheError)) this.violated('no CacheError', `${what}: ${error}`);
    else if (IMPOSSIBLE.has(code)) this.violated('impossible error', `${what}: ${error.message}`);
  }

  /** @param {string} what @param {string} code @param {number} late milliseconds, Infinity when it has not ended */
  lateness(what, code, late) {
    if (late === Infinity) return this.violated('hung', what);
    this.latest = Math.max(this.latest, late);
    if (late > TOLERANCE) this.violated('late', `${what} ${code}: ${Math.round(late)} ms`);
  }

  /** @param {string} kind @param {string} example */
  violated(kind, example) {
    const found = (this.violations[kind] ??= { count: 0, examples: [] });
    found.count++;
    if (found.examples.length < EXAMPLES) found.examples.push(example);
  }

  /** What can be sent to another process, and added to the tally of another. */
  get figures() {
    const { calls, answered, latest, errors, violations } = this;
    return { calls, answered, latest, errors, violations };
  }

  /** @param {Tally['figures']} other */
  add(other) {
    this.calls += other.calls;
    this.answered += other.answered;
    this.latest = Math.max(this.latest, other.latest);
    for (const [code, count] of Object.entries(other.errors)) {
      this.errors[code] = (this.errors[code] ?? 0) + count;
    }
    for (const [kind, { count, examples }] of Object.entries(other.violations)) {
      for (const example of examples) this.violated(kind, example);
      const own = this.violations[kind];
      if (own) own.count += count - examples.length;
    }
  }
}
