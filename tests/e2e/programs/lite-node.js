import * as library from '../../../js/lite/default.js';
import { runCases } from '../../support/cases.js';
import { preparing } from '../context.js';
import { liteCases } from '../suite.js';

await runCases(process.argv[2] ?? '', liteCases, preparing('node', library));
