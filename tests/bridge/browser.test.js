import { runSuite } from '../support/run-suite.js';
import { cases } from './cases.js';

runSuite('browser', new URL('./programs/browser.js', import.meta.url), cases);
