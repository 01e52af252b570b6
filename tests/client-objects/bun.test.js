import { describe } from 'node:test';
import { runSuite } from '../support/run-suite.js';
import { casesBut } from './cases.js';

const cases = casesBut(
  // Bun makes numbers of all integers.
  'methods: inc answers a bigint beyond the safe integers',
  // Bun's client does not say whether it is connected.
  'failures: a server that never answers: no connection within the operation timeout, whatever else waits',
);

describe("over Bun's client", () => {
  runSuite('bun', new URL('./programs/bun.js', import.meta.url), cases);
});
