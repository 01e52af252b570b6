import { runCases } from '../support/cases.js';
import { cases } from './all-cases.js';

/** @import { Connector } from '../../js/transports/types.js' */

/**
 * @param {string} runtime
 * @param {Connector} connect
 * @param {string} laboratory its origin
 */
export async function runInProcess(runtime, connect, laboratory) {
  await runCases(laboratory, cases, preparing(runtime, connect));
}

/**
 * @param {string} runtime
 * @param {Connector} connect
 */
export function preparing(runtime, connect) {
  return async (/** @type {import('../support/cases.js').Lab} */ lab) => ({
    context: { runtime, connect, lab, addresses: await lab.ask('addresses') },
    async end() {},
  });
}
