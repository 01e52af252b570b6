/** The tests in JavaScript: tests/…/*.test.js by node:test. */

import { run } from 'node:test';
import { join, relative } from 'node:path';
import { inspect } from 'node:util';
import { root } from '../paths.js';
import { filesUnder } from '../stamp.js';
import { judge } from './counts.js';

const FILE_TIMEOUT_MS = 15 * 60_000;
/** They wait more than they compute. */
const FILES_AT_ONCE = 5;

/**
 * @typedef {{ name: string, nesting: number, file?: string, skip?: unknown, todo?: unknown,
 *   details: { type?: string, duration_ms: number, error?: unknown } }} Outcome
 */

/** Applications with packages of their own: `npm run frameworks`. */
const APPLICATIONS = /^tests\/frameworks\/[^/]+\//;

/**
 * Runs the test files whose path contains one of the words, or all.
 * @param {string[]} words
 * @param {string} [suffix] of the files
 */
export async function testNode(words, suffix = '.test.js') {
  const files = filesUnder('tests')
    .filter((path) => path.endsWith(suffix) && !APPLICATIONS.test(path))
    .filter((path) => words.length === 0 || words.some((word) => path.includes(word)));
  const reporter = new Reporter();
  const events = run({
    // The longest are the last of the alphabet: begun first, none is left to run alone.
    files: files.toReversed().map((path) => join(root, path)),
    concurrency: FILES_AT_ONCE,
    timeout: FILE_TIMEOUT_MS,
  });
  for await (const { type, data } of events) reporter.take(type, data);
  return judge(reporter.counts, 0);
}

/** Prints a line for each test or suite at the top of a file, all of what failed, and counts. */
class Reporter {
  counts = { passed: 0, failed: 0 };
  /** Tests that passed since the last line. */
  #inside = 0;
  /** What each file printed, for when one of its tests fails. */
  #printed = new Map();

  /**
   * @param {string} type
   * @param {any} data
   */
  take(type, data) {
    if (type === 'test:pass') this.#passed(data);
    if (type === 'test:fail') this.#failed(data);
    if (type === 'test:stdout' || type === 'test:stderr') {
      this.#printed.set(data.file, (this.#printed.get(data.file) ?? '') + data.message);
    }
  }

  /** @param {Outcome} outcome */
  #passed(outcome) {
    const isSuite = outcome.details.type === 'suite';
    const reason = notRun(outcome);
    if (reason !== null) {
      this.#failed({ ...outcome, details: { ...outcome.details, error: reason } });
      return;
    }
    if (!isSuite) {
      this.counts.passed += 1;
      this.#inside += 1;
    }
    if (outcome.nesting > 0) return;
    const many = isSuite ? `${this.#inside} tests, ` : '';
    console.log(`✓ ${title(outcome)} (${many}${Math.round(outcome.details.duration_ms)} ms)`);
    this.#inside = 0;
  }

  /** @param {Outcome} outcome */
  #failed(outcome) {
    const error = /** @type {any} */ (outcome.details.error);
    if (outcome.nesting === 0) this.#inside = 0;
    // A suite fails with its tests, which have been counted and shown.
    if (error?.failureType === 'subtestsFailed') return;
    this.counts.failed += 1;
    console.log(`✗ ${title(outcome)}\n${indent(text(error?.cause ?? error))}`);
    const printed = this.#printed.get(outcome.file);
    if (printed !== undefined) console.log(`  its file printed:\n${indent(printed.trimEnd())}`);
    this.#printed.delete(outcome.file);
  }
}

/**
 * Why an outcome that node:test calls passed is none, or null.
 * @param {Outcome} outcome
 */
function notRun({ name, file, skip, todo }) {
  const isSkipped = skip !== undefined || todo !== undefined;
  if (isSkipped) return 'a skipped test counts as failed';
  // A file without tests is reported as a test of its own.
  if (file !== undefined && (name === file || join(root, name) === file)) {
    return 'this file ran no test';
  }
  return null;
}

/** @param {Outcome} outcome */
function title({ file, name }) {
  if (file === undefined) return name;
  return name === file ? relative(root, file) : `${relative(root, file)} › ${name}`;
}

/** @param {unknown} error */
function text(error) {
  return typeof error === 'string' ? error : inspect(error);
}

/** @param {string} lines */
function indent(lines) {
  return lines.replace(/^/gm, '    ');
}
