import { runSuite } from '../../support/run-suite.js';
import { casesOn } from '../suite.js';

const program = new URL('../programs/bun.js', import.meta.url);
runSuite('bun', program, casesOn('cluster'), [], 'cluster');
