import { createClient } from 'redis';
import * as library from '../../../js/entries/node.js';
import { runOverClients } from '../over.js';

await runOverClients('node', process.argv[2] ?? '', library, (url) => {
  const client = createClient({
    url,
    // Its default is shorter than what the tests of much at once are given.
    commandOptions: { timeout: 30_000 },
  });
  client.on('error', () => {});
  client.connect().catch(() => {});
  return { client, close: () => client.destroy() };
});
