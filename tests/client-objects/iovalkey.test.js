import { describe } from 'node:test';
import { runSuite } from '../support/run-suite.js';
import { cases } from './cases.js';

describe('over iovalkey', () => {
  runSuite('node', new URL('./programs/iovalkey.js', import.meta.url), cases);
});
