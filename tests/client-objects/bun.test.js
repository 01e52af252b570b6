import { describe } from 'node:test';
import { runSuite } from '../support/run-suite.js';
import { cases } from './cases.js';

describe('over bun', () => {
  runSuite('bun', new URL('./programs/bun.js', import.meta.url), cases);
});
