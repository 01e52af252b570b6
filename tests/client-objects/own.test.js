import { describe } from 'node:test';
import { runSuite } from '../support/run-suite.js';
import { casesBut } from './cases.js';

// A client of a few lines: it makes numbers of integers, writes each command by itself, and never connects again.
const cases = casesBut(
  'client: 200 calls of one tick are handed over together',
  'methods: inc answers a bigint beyond the safe integers',
  'many: the calls of one tick leave in one write',
  'faulty servers: a connection that is cut in mid-reply: the call is repeated',
  'faulty servers: a server that is killed and started again',
  'faulty servers: connections that are reset under many calls',
);

describe("over a client of one's own", () => {
  runSuite('node', new URL('./programs/own.js', import.meta.url), cases);
});
