import { describe } from 'node:test';
import { runSuite } from '../support/run-suite.js';
import { casesBut } from './cases.js';

const cases = casesBut(
  // Bun makes numbers of all integers.
  'methods: inc answers a bigint beyond the safe integers',
  'small methods: a counter gets its expiry when it is new, and keeps it',
  // It makes text of the replies of all commands but GET.
  'small methods: pop answers the value once',
  // Bun's client does not say whether it is connected.
  'faulty servers: a server that never answers: no connection within the operation timeout, whatever else waits',
);

describe("over Bun's client", () => {
  runSuite('bun', new URL('./programs/bun.js', import.meta.url), cases);
});
