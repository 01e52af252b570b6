import { runSuite } from '../../support/run-suite.js';
import { casesOn } from '../suite.js';

const program = new URL('../programs/deno.js', import.meta.url);
runSuite('deno', program, casesOn('cluster'), [], 'cluster');
