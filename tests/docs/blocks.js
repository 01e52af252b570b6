/** The code blocks of a document. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/lib/paths.js';

/**
 * @typedef {object} Block
 * @property {string} language
 * @property {string} code
 * @property {number} line where it begins
 * @property {string | undefined} file the name in its first line, if that is one
 */

/**
 * @param {string} path
 * @returns {Block[]}
 */
export function blocksOf(path) {
  const text = readFileSync(join(root, path), 'utf8');
  return [...text.matchAll(/^( *)```(\w+)\n([^]*?)^ *```$/gm)].map((match) => {
    const [, indent = '', language = '', body = ''] = match;
    const code = body.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
    const [, file] = /^(?:\/\/|#) (\S+\.\w+)\n/.exec(code) ?? [];
    return { language, code, file, line: text.slice(0, match.index).split('\n').length };
  });
}
