/**
 * Loaded before each of the project's commands (`node -r`): says so where Node is too old for them. Its syntax is of 2015, so that
 * such a Node can read it.
 */

'use strict';

const { version: range } = require('../package.json').devEngines.runtime;
const needed = range.replace('>=', '');
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const [leastMajor = 0, leastMinor = 0] = needed.split('.').map(Number);

if (major < leastMajor || (major === leastMajor && minor < leastMinor)) {
  const found = `Node ${process.versions.node} is too old: ${needed} or newer is needed.`;
  console.error(`✗ ${found} Install it from https://nodejs.org, or run \`nvm install 22\`.`);
  process.exit(1);
}
