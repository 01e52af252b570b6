import * as library from '../../../js/entries/browser.js';
import { preparing } from '../../e2e/context.js';
import { runCases } from '../../support/cases.js';
import { cases } from '../cases.js';

const query = new URLSearchParams(location.search);

await runCases(query.get('fixtures') ?? '', cases, preparing('browser', library));
