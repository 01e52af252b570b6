import { runSuite } from '../support/run-suite.js';
import { cases } from './cases.js';

runSuite('workerd', new URL('./programs/workerd.js', import.meta.url), cases);
