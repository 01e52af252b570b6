import { describe } from 'node:test';
import { runSuite } from '../support/run-suite.js';
import { cases } from './cases.js';

describe('over node-redis', () => {
  runSuite('node', new URL('./programs/node-redis.js', import.meta.url), cases);
});
