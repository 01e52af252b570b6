import { runSuite } from '../support/run-suite.js';
import { liteCases } from './suite.js';

runSuite('node', new URL('./programs/lite-node.js', import.meta.url), liteCases);
