import { describe } from 'node:test';
import { runSuite } from '../support/run-suite.js';
import { casesBut } from './cases.js';

// Bun makes numbers of all integers.
const cases = casesBut('methods: inc answers a bigint beyond the safe integers');

describe("over Bun's client", () => {
  runSuite('bun', new URL('./programs/bun.js', import.meta.url), cases);
});
