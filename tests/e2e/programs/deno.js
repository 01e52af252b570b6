import * as library from '../../../js/entries/deno.js';
import { runCases } from '../../support/cases.js';
import { preparing } from '../context.js';
import { cases } from '../suite.js';

await runCases(/** @type {any} */ (globalThis).Deno.args[0], cases, preparing('deno', library));
