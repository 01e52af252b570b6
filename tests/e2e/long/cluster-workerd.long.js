import { runSuite } from '../../support/run-suite.js';
import { casesOn } from '../suite.js';

const program = new URL('../programs/workerd.js', import.meta.url);
runSuite('workerd', program, casesOn('cluster'), [], 'cluster');
