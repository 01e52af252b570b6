import { runSuite } from '../support/run-suite.js';
import { fewCasesOn } from './suite.js';

runSuite(
  'workerd',
  new URL('./programs/workerd.js', import.meta.url),
  fewCasesOn('cluster'),
  [],
  'cluster',
);
