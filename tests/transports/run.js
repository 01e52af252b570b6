import { runCases } from '../support/cases.js';
import { cases } from './all-cases.js';

/** @import { Connector } from '../../js/transports/types.js' */

/**
 * @param {string} runtime
 * @param {Connector} connect
 * @param {string} fixturesUrl
 */
export async function runInProcess(runtime, connect, fixturesUrl) {
  await runCases(fixturesUrl, cases, preparing(runtime, connect));
}

/**
 * @param {string} runtime
 * @param {Connector} connect
 */
export function preparing(runtime, connect) {
  return async (/** @type {import('../support/cases.js').FixtureClient} */ fixtures) => ({
    context: { runtime, connect, fixtures, addresses: await fixtures.ask('addresses') },
    async end() {},
  });
}
