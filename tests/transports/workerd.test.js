import { runSuite } from '../support/run-suite.js';
import { cases } from './all-cases.js';

runSuite('workerd', new URL('./programs/workerd.js', import.meta.url), cases);
