/**
 * What went wrong, in plain words.
 * @module
 */
import {
  AuthenticationError,
  CacheError,
  ConnectionError,
  ProtocolError,
  TimeoutError,
} from 'cachelib-edge';
import { visible } from './text.js';

/** @typedef {{ headline: string, message: string, code: string }} Problem */

/** Something that the visitor typed and that cannot be used. */
export class BadInput extends Error {
  code = 'BAD_INPUT';
}

/** @type {[new (...args: any[]) => Error, string][]} */
const HEADLINES = [
  [ConnectionError, 'Redis cannot be reached.'],
  [TimeoutError, 'Redis does not answer in time.'],
  [AuthenticationError, 'Redis does not let this Worker in.'],
  [ProtocolError, 'That is no Redis.'],
];

/**
 * @param {unknown} error
 * @returns {Problem & { status: number }} `status` is that of an HTTP response
 * @throws {unknown} the error itself when it is neither the cache's nor the visitor's
 */
export function explain(error) {
  if (error instanceof BadInput) {
    return {
      headline: 'That cannot be used.',
      message: visible(error.message),
      code: error.code,
      status: 400,
    };
  }
  if (!(error instanceof CacheError)) throw error;
  const { code } = error;
  // It may name a class, or a path in a value, that somebody else wrote.
  const message = visible(error.message);
  const known = HEADLINES.find(([type]) => error instanceof type);
  if (known !== undefined) return { headline: known[1], message, code, status: 503 };
  return { headline: 'The cache refuses.', message, code, status: 400 };
}
