import { runSuite } from '../support/run-suite.js';
import { cases } from './all-cases.js';

// What a Unix socket takes, on top of the network.
const flags = ['--allow-read=/tmp', '--allow-write=/tmp'];

runSuite('deno', new URL('./programs/deno.js', import.meta.url), cases, flags);
