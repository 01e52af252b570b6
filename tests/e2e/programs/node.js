import * as library from '../../../js/entries/node.js';
import { runCases } from '../../support/cases.js';
import { preparing } from '../context.js';
import { cases } from '../suite.js';

await runCases(process.argv[2] ?? '', cases, preparing('node', library));
