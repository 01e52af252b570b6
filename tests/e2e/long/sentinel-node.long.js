import { runSuite } from '../../support/run-suite.js';
import { casesOn } from '../suite.js';

const program = new URL('../programs/node.js', import.meta.url);
runSuite('node', program, casesOn('sentinel'), [], 'sentinel');
