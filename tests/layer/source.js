/**
 * What factories ask: a server that counts how often, and may take its time.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';

/** How long it takes to answer, in milliseconds. */
export const TAKES_MS = 400;

/** @typedef {Awaited<ReturnType<typeof startSource>>} Source */

export async function startSource() {
  /** Who has asked, by key. @type {Map<string, string[]>} */
  const asked = new Map();
  /** @type {(who: string) => boolean} */
  let answers = () => true;
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://source.test');
    const [key, who] = [searchParams.get('key') ?? '', searchParams.get('who') ?? ''];
    const list = asked.get(key) ?? [];
    asked.set(key, [...list, who]);
    if (answers(who)) setTimeout(() => response.end(`value of ${key}`), TAKES_MS);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}/`,
    /** @param {string} key */
    askedFor: (key) => asked.get(key) ?? [],
    /** @param {(who: string) => boolean} decide whether who asks is answered */
    answerIf(decide) {
      answers = decide;
    },
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
