/** `npm start`: the example's page, until Ctrl-C. */

import { freePort } from '../../tests/support/redis.js';
import { startExample } from './example.js';
import { isFree } from './port.js';
import { onStopSignal } from './signals.js';
import { bold, cut, dim, link, print } from './terminal.js';

const USUAL_PORT = 8787;
/** For how long Python writes the values that the page shows, in seconds. */
const DEMO_TIMEOUT = 60;
const LOOK_INTERVAL_MS = 1000;
const SHOWN_TEXT = 100;

/**
 * Serves the page until this process is told to end.
 * @param {number | undefined} port
 * @param {boolean} isCluster whether Redis is a cluster
 */
export async function serve(port, isCluster) {
  const ended = new Promise(onStopSignal);
  const example = await startExample({ port: await choose(port), isCluster });
  try {
    const { wrote } = await example.peer.ask('demo', { timeout: DEMO_TIMEOUT });
    print('', bold('cachelib-edge, the example'), ...example.about.map((line) => `  ${line}`), '');
    print('Python wrote', ...wrote.map(pair), '');
    print(`${bold('Look here:')} ${link(example.url)}`, dim('Ctrl-C stops everything.'), '');
    const watching = keepUp(example);
    await ended;
    clearInterval(watching);
    print('', 'Stopping.');
  } finally {
    await example.stop();
  }
}

/** @param {[string, string]} written */
function pair([key, text]) {
  return `  ${key} = ${cut(text, SHOWN_TEXT)}`;
}

/** @param {number | undefined} port */
async function choose(port) {
  if (port === undefined) return (await isFree(USUAL_PORT)) ? USUAL_PORT : freePort();
  if (await isFree(port)) return port;
  throw new Error(`port ${port} is in use: name another by --port, or none to take a free one`);
}

/**
 * Has Python write its values anew when they are gone, and show what it sees of the visitor's keys.
 * @param {import('./example.js').Example} example
 */
function keepUp({ peer, redis }) {
  let isDown = false;
  return setInterval(async () => {
    try {
      const { wrote } = await peer.ask('demo', { timeout: DEMO_TIMEOUT });
      if (wrote.length > 0) print(`${now()} Python wrote its values anew`);
      // A Redis of someone's own may hold millions of keys: it is not searched every second.
      const { changes } = redis.isOwn ? await peer.ask('changes') : { changes: [] };
      for (const [key, text] of changes) print(changed(key, text));
      isDown = false;
    } catch (error) {
      if (!isDown) print(/** @type {Error} */ (error).message);
      isDown = true;
    }
  }, LOOK_INTERVAL_MS);
}

/**
 * @param {string} key
 * @param {string | null} text
 */
function changed(key, text) {
  return `${now()} ${text === null ? `${key} is gone` : `Python reads ${key} = ${cut(text, SHOWN_TEXT)}`}`;
}

function now() {
  return dim(new Date().toLocaleTimeString('en-GB'));
}
