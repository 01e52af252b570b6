/** Outputs of real programs, recorded on a Debian 12 before and after `apt-get update`. */

import { readFileSync } from 'node:fs';

/** @param {string} name */
export function recorded(name) {
  return readFileSync(new URL(`recorded/${name}.txt`, import.meta.url), 'utf8');
}

/** @type {import('../../scripts/tools/decide.js').Platform} */
export const debian = {
  system: 'linux',
  hasGlibc: true,
  manager: 'apt',
  asRoot: [],
  rustupMayInstall: false,
};
