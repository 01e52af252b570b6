import { runSuite } from '../support/run-suite.js';
import { cases } from './suite.js';

runSuite('deno', new URL('./programs/deno.js', import.meta.url), cases);
