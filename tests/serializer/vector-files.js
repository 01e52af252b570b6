/**
 * Reads the data of tests/vectors.
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/lib/paths.js';

/**
 * @param {string} file
 * @returns {any[][]} the fields of each line
 */
export function lines(file) {
  const content = readFileSync(join(root, 'tests', 'vectors', file), 'utf8');
  return content
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
}

/** @param {string} text */
export function unhex(text) {
  return new Uint8Array(Buffer.from(text, 'hex'));
}
