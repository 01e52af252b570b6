import { describe } from 'node:test';
import { runSuite } from '../support/run-suite.js';
import { cases } from './cases.js';

describe('over ioredis', () => {
  runSuite('node', new URL('./programs/ioredis.js', import.meta.url), cases);
});
