/**
 * The oldest runtimes that README names.
 */
import { runSuite } from '../support/run-suite.js';
import { essential } from './suite.js';

for (const name of /** @type {const} */ (['node', 'deno', 'bun'])) {
  runSuite(`oldest ${name}`, new URL(`./programs/${name}.js`, import.meta.url), essential);
}
