import { createClient } from 'redis';
import * as library from '../../../js/entries/node.js';
import { runOverClients } from '../over.js';

await runOverClients('node', process.argv[2] ?? '', library, (url) => {
  const client = createClient({ url });
  client.on('error', () => {});
  client.connect().catch(() => {});
  return { client, close: () => client.destroy() };
});
