import { runSuite } from '../support/run-suite.js';
import { cases } from './all-cases.js';

runSuite('node', new URL('./programs/node.js', import.meta.url), cases);
