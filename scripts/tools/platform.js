/** What kind of machine this is, and what this user may do on it. */

import { capture } from '../lib/process.js';
import { which } from '../lib/paths.js';

/** @typedef {import('./decide.js').Platform} Platform */

/** @type {Platform | undefined} */
let known;

/** @returns {Platform} */
export function platform() {
  known ??= {
    system: process.platform,
    hasGlibc: hasGlibc(),
    manager: packageManager(),
    asRoot: rootPrefix(),
    rustupMayInstall: which('rustup') !== null && process.env.RUSTUP_AUTO_INSTALL !== '0',
  };
  return known;
}

function packageManager() {
  if (process.platform === 'darwin') return which('brew') === null ? null : 'brew';
  if (which('apt-get') !== null) return 'apt';
  if (which('dnf') !== null) return 'dnf';
  return which('apk') === null ? null : 'apk';
}

/** What sudo is to leave in the environment: how apt behaves, and its way to the network. */
const KEPT = ['DEBIAN_FRONTEND', 'LC_ALL', 'http_proxy', 'https_proxy', 'no_proxy'];

/** The words that go before a command to run it as root, or null when this user cannot. */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  const options = ['-n', `--preserve-env=${KEPT.join(',')}`];
  const mayRun = which('sudo') !== null && capture('sudo', [...options, 'true']) !== null;
  return mayRun ? ['sudo', ...options] : null;
}

function hasGlibc() {
  if (process.platform !== 'linux') return false;
  const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (
    process.report.getReport()
  );
  return header.glibcVersionRuntime !== undefined;
}
