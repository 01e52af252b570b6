import { runSuite } from '../support/run-suite.js';
import { fewCasesOn } from './suite.js';

runSuite(
  'node',
  new URL('./programs/node.js', import.meta.url),
  fewCasesOn('cluster'),
  [],
  'cluster',
);
