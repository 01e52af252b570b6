import * as library from '../../../js/entries/node.js';
import { createClient } from '../../support/resp-client.js';
import { runOverClients } from '../over.js';

await runOverClients('node', process.argv[2] ?? '', library, (url) => {
  const { hostname: host, port } = new URL(url);
  const connected = createClient({ host, port: Number(port) });
  connected.catch(() => {});
  const client = {
    /** @param {(string | Uint8Array)[]} command */
    async sendCommand(command) {
      return (await connected).send(...command);
    },
  };
  return {
    client,
    close: () =>
      connected.then(
        ({ close }) => close(),
        () => {},
      ),
  };
});
