import { Redis } from 'iovalkey';
import * as library from '../../../js/entries/node.js';
import { runOverClients } from '../over.js';

await runOverClients('node', process.argv[2] ?? '', library, (url) => {
  const client = new Redis(url, { stringNumbers: true, autoResendUnfulfilledCommands: false });
  client.on('error', () => {});
  return { client, close: () => client.disconnect() };
});
