import * as library from '../../../js/entries/deno.js';
import { runCases } from '../../support/cases.js';
import { preparing } from '../../e2e/context.js';
import { cases } from '../cases.js';

await runCases(/** @type {any} */ (globalThis).Deno.args[0], cases, preparing('deno', library));
