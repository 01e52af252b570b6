/**
 * Loaded before each of the project's commands (`node -r`): says so where Node is too old for them. Any Node can read this file,
 * so it is written as the oldest would want it.
 */

'use strict';

var needed = /[\d.]+/.exec(require('../package.json').devEngines.runtime.version)[0];

/**
 * @param {string} version
 * @param {string} least
 */
function isAtLeast(version, least) {
  var found = version.split('.').map(Number);
  var wanted = least.split('.').map(Number);
  if (found[0] !== wanted[0]) return found[0] > wanted[0];
  return found[1] >= wanted[1];
}

if (!isAtLeast(process.versions.node, needed)) {
  console.error(
    '✗ Node ' +
      process.versions.node +
      ' is too old: ' +
      needed +
      ' or newer is needed. Install it from https://nodejs.org, or run `nvm install 22`.',
  );
  process.exit(1);
}
