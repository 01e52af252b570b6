import { runSuite } from '../support/run-suite.js';
import { cases } from './suite.js';

runSuite('node', new URL('./programs/node.js', import.meta.url), cases);
