import { runSuite } from '../support/run-suite.js';
import { cases } from './cases.js';

runSuite('deno', new URL('./programs/deno.js', import.meta.url), cases);
