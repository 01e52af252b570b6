import * as library from '../../../js/entries/bun.js';
import { runOverClients } from '../over.js';

const { RedisClient } = /** @type {any} */ (globalThis).Bun;

await runOverClients('bun', process.argv[2] ?? '', library, (url) => {
  const client = new RedisClient(url);
  return { client, close: () => client.close() };
});
