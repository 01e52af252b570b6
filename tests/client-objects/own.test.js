import { describe } from 'node:test';
import { runSuite } from '../support/run-suite.js';
import { cases } from './cases.js';

describe('over own', () => {
  runSuite('node', new URL('./programs/own.js', import.meta.url), cases);
});
