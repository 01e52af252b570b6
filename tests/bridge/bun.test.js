import { runSuite } from '../support/run-suite.js';
import { cases } from './cases.js';

runSuite('bun', new URL('./programs/bun.js', import.meta.url), cases);
