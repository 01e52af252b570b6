import { webSocket } from '../../../js/transports/websocket.js';
import { runCases } from '../../support/cases.js';
import { cases } from '../cases.js';
import { preparing } from '../run.js';

/** A new bridge for each case. */
await runCases(process.argv[2] ?? '', cases, async (fixtures) => {
  const { url } = await fixtures.ask('bridge');
  return preparing('a bridge', webSocket(`${url}?address={address}`))(fixtures);
});
