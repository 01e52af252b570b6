import { runSuite } from '../support/run-suite.js';
import { cases } from './cases.js';

runSuite('node 22', new URL('./programs/node.js', import.meta.url), cases);
