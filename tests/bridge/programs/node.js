import * as library from '../../../js/entries/node.js';
import { preparing } from '../../e2e/context.js';
import { runCases } from '../../support/cases.js';
import { cases } from '../cases.js';

await runCases(process.argv[2] ?? '', cases, preparing('node', library));
