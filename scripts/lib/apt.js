/** Debian's packages, where this process may install them. */

import { run, capture } from './process.js';
import { which } from './paths.js';

/**
 * Installs packages with apt.
 * @param {string} tool what is missing, for the message when apt cannot be used
 * @param {string} otherWay how to get it without apt
 * @param {string[]} packages
 */
export async function aptInstall(tool, otherWay, packages) {
  const prefix = rootPrefix();
  if (which('apt-get') === null || prefix === null) {
    const reason = prefix === null ? 'this user may not run apt-get' : 'this system has no apt-get';
    throw new Error(`${tool} is missing and ${reason}. ${otherWay}`);
  }
  const apt = (/** @type {string[]} */ ...args) => {
    const [command, ...rest] = [...prefix, 'apt-get', '-o', 'DPkg::Lock::Timeout=600', ...args];
    return run(/** @type {string} */ (command), rest, {
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    });
  };
  const install = () => apt('install', '-y', '--no-install-recommends', ...packages);

  if (!packages.every(isKnown)) await apt('update');
  try {
    await install();
  } catch {
    // An old list names versions that the archive no longer has.
    await apt('update');
    await install();
  }
}

/** @param {string} name */
export function isInstalled(name) {
  return capture('dpkg-query', ['-W', '-f', '${Status}', name]) === 'install ok installed';
}

/** @param {string} name */
function isKnown(name) {
  return /Candidate: \d/.test(capture('apt-cache', ['policy', name]) ?? '');
}

/** The words that go before a command to run it as root, or null when this user cannot. */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  const sudo = which('sudo') !== null && capture('sudo', ['-n', 'true']) !== null;
  return sudo ? ['sudo', '-n'] : null;
}
