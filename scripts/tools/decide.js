/** What is to be done about a tool: pure functions of what was found and of what this machine may do. */

import { isAtLeast } from './versions.js';

/**
 * @typedef {object} Found What is there of a tool.
 * @property {string | null} version null when there is none
 * @property {string | null} path
 * @property {string} [fault] why what is there does not serve, whatever its version
 *
 * @typedef {{ least?: string, exactly?: string }} Need
 * @typedef {{ state: 'ready' | 'missing' | 'old' | 'broken', why: string }} Judgement
 *
 * @typedef {object} Platform
 * @property {string} system as `process.platform` names it
 * @property {boolean} hasGlibc whether programs that were built for glibc run
 * @property {'apt' | 'brew' | 'apk' | 'dnf' | null} manager of the system's packages
 * @property {string[] | null} asRoot what goes before a command to run it as root; null: this user cannot
 * @property {boolean} rustupMayInstall
 *
 * @typedef {object} Tool
 * @property {string} title
 * @property {string} expected how long its installation takes, in words
 * @property {Need} need
 * @property {string[]} after the tools by which it is installed
 * @property {string[]} apt Debian's packages that bring it, or that its installation builds on
 * @property {boolean} isOwn whether the project installs it by itself, once Debian's packages are there
 * @property {string} advice the command that brings it, or where to get it
 *
 * @typedef {{ action: 'none' | 'install' } | { action: 'tell', message: string }} Decision
 */

/**
 * Whether what was found is what is needed.
 * @param {Found} found
 * @param {Need} need
 * @returns {Judgement}
 */
export function judge({ version, path, fault }, { least, exactly }) {
  const place = path === null ? '' : ` (${path})`;
  if (fault !== undefined) return { state: 'broken', why: `${fault}${place}` };
  if (version === null) return { state: 'missing', why: 'is missing' };
  if (exactly !== undefined && version !== exactly) {
    return { state: 'old', why: `is ${version}${place}, and ${exactly} is needed` };
  }
  if (least !== undefined && !isAtLeast(version, least)) {
    return { state: 'old', why: `${version} is too old${place}: ${least} or newer is needed` };
  }
  return { state: 'ready', why: '' };
}

/**
 * What to do about a tool.
 * @param {Tool} tool
 * @param {Found} found
 * @param {Platform} platform
 * @returns {Decision}
 */
export function decide(tool, found, platform) {
  const { state, why } = judge(found, tool.need);
  if (state === 'ready') return { action: 'none' };
  const aptServes = platform.manager === 'apt' && platform.asRoot !== null;
  const canInstall = tool.apt.length > 0 ? aptServes : tool.isOwn;
  if (canInstall) return { action: 'install' };
  return { action: 'tell', message: `${tool.title} ${why}. ${adviceFor(tool, platform)}` };
}

/**
 * The sentence that says how a user gets a tool.
 * @param {Tool} tool
 * @param {Platform} platform
 */
export function adviceFor({ apt, advice }, { manager, asRoot }) {
  if (apt.length === 0 || manager !== 'apt') return advice;
  const command = `apt-get install ${apt.join(' ')}`;
  if (asRoot !== null) return `Run \`${command}\`.`;
  return `This user may not run apt-get: run \`sudo ${command}\`, then this again.`;
}

/**
 * Why nothing works on this machine, whatever is installed; null where it does.
 * @param {Platform} platform
 */
export function unsupported({ system, hasGlibc }) {
  if (system === 'win32') {
    return 'These commands need a Unix: run them in WSL (https://learn.microsoft.com/windows/wsl/install).';
  }
  if (system === 'linux' && !hasGlibc) {
    return 'This Linux has no glibc (Alpine?), and workerd, Deno and Bun come for glibc only: use Debian, Ubuntu or Fedora, in a container for example.';
  }
  return null;
}
