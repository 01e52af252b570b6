/**
 * Completes calls with the outcomes that the core reports.
 *
 * A report must be read to its end before anything is put into the core again. So whatever runs the user's code, which may
 * make another call, is pushed to `later`.
 * @module
 */
import { Found } from './found.js';
import { BUILT, BYTES, FAILED, KEYS, LEASED, LIST, NULL, STALE } from './report.js';

/** @import { Call } from '../call.js' */
/** @import { CacheError } from '../errors/classes.js' */
/** @import { Detail, Report } from './report.js' */

/**
 * @callback ErrorOf Makes the error of a failure.
 * @param {Detail} detail
 * @param {Call} call
 * @returns {CacheError}
 */

/**
 * Completes a call with the report's current entry.
 *
 * @param {Report} report
 * @param {Call} call
 * @param {ErrorOf} errorOf
 * @param {(() => void)[]} later
 */
export function complete(report, call, errorOf, later) {
  switch (report.kind) {
    case BYTES: {
      const stored = report.slice();
      later.push(() => call.load(stored));
      break;
    }
    case LIST: {
      const errors = /** @type {CacheError[]} */ ([]);
      const values = readList(report, call, errorOf, errors);
      later.push(() => call.answerAll(values, errors));
      break;
    }
    case KEYS: {
      const details = Array.from({ length: report.a }, () => report.detail());
      later.push(() => {
        const failed = details.flatMap(([, , keys]) => keys);
        call.answerInPart(
          failed,
          details.map((detail) => errorOf(detail, call)),
        );
      });
      break;
    }
    case FAILED: {
      const detail = report.detail();
      later.push(() => call.fail(errorOf(detail, call)));
      break;
    }
    case NULL:
      call.answer(call.operation.missing);
      break;
    case STALE:
    case LEASED:
      find(report, call, errorOf, later);
      break;
    default:
      answer(report, call, later);
  }
}

/**
 * A value that is stale or to be computed by the caller.
 *
 * @param {Report} report
 * @param {Call} call
 * @param {ErrorOf} errorOf
 * @param {(() => void)[]} later
 */
function find(report, call, errorOf, later) {
  const { kind, a, b } = report;
  const found = kind === STALE ? new Found(a + b * 2 ** 32, null) : new Found(0, a);
  report.next();
  if (report.kind === NULL) return call.answer(found);
  const errors = /** @type {CacheError[]} */ ([]);
  const stored = readItem(report, call, errorOf, errors);
  later.push(() => call.find(found, stored, errors));
}

/**
 * @param {Report} report
 * @param {Call} call
 * @param {(() => void)[]} later
 */
function answer(report, call, later) {
  if (report.kind === BUILT) {
    const deferred = report.deferred();
    later.push(() => call.load(deferred));
    return;
  }
  let value;
  try {
    value = report.value();
  } catch (error) {
    later.push(() => call.fail(/** @type {CacheError} */ (error)));
    return;
  }
  call.answer(value);
}

/**
 * The values of a list's entries, null where one is unreadable.
 *
 * @param {Report} report
 * @param {Call} call
 * @param {ErrorOf} errorOf
 * @param {CacheError[]} errors gets one for each unreadable value, and for each node whose values are not known
 */
function readList(report, call, errorOf, errors) {
  const values = new Array(report.a);
  // Values of nodes that have failed are not known: they are null.
  for (let failures = report.b; failures > 0; failures--) {
    errors.push(errorOf(report.detail(), call));
  }
  for (let index = 0; index < values.length && report.next(); index++) {
    values[index] = readItem(report, call, errorOf, errors);
  }
  return values;
}

/**
 * The value of the report's current entry, to be revived where it is a DeferredValue; null where it is unreadable.
 *
 * @param {Report} report
 * @param {Call} call
 * @param {ErrorOf} errorOf
 * @param {CacheError[]} errors
 */
export function readItem(report, call, errorOf, errors) {
  if (report.kind === BUILT) return report.deferred();
  try {
    if (report.kind !== FAILED) return report.value();
    errors.push(errorOf(report.detail(), call));
  } catch (error) {
    errors.push(/** @type {CacheError} */ (error));
  }
  return null;
}
