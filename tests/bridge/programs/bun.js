import * as library from '../../../js/entries/bun.js';
import { runCases } from '../../support/cases.js';
import { preparing } from '../../e2e/context.js';
import { cases } from '../cases.js';

await runCases(process.argv[2] ?? '', cases, preparing('bun', library));
