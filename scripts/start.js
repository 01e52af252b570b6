/** `npm start`: the example Worker beside Python's cachelib, on one Redis. `npm start -- --help` says more. */

import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from './build.js';
import { ensure, runMain } from './setup.js';
import { forStart } from './tools/table.js';

const HELP = `npm start                  serves the example's page, until Ctrl-C
npm start -- --once        shows the round trip Python → Worker → Python, and exits;
                           the status is 1 when anything comes out wrong
npm start -- --cluster     with a Redis Cluster of 3 primaries and 3 replicas, for either
npm start -- --port 8080   serves on this port; $PORT does the same
npm start -- --help        shows this

Starts a Redis of its own on a free port, or uses the one that $REDIS_URL names.
There it touches keys that begin with "example:", and no others.
Installs and builds first what is missing.`;

/**
 * @param {string[]} args
 * @returns {{ help: boolean, once: boolean, cluster: boolean, port: number | undefined }}
 * @throws {Error} for an unknown option, or a port that is none
 */
export function parse(args) {
  const { values } = parseArgs({
    args,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      once: { type: 'boolean', default: false },
      cluster: { type: 'boolean', default: false },
      port: { type: 'string', short: 'p' },
    },
  });
  const text = values.port ?? (process.env.PORT || undefined);
  const port = text === undefined ? undefined : Number(text);
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65536)) {
    throw new Error(`${text} is no port: a port is a number from 1 to 65535`);
  }
  return { help: values.help, once: values.once, cluster: values.cluster, port };
}

/** @param {string[]} args */
async function main(args) {
  const { help, once, cluster, port } = parse(args);
  if (help) {
    console.log(HELP);
    return;
  }
  await ensure(...forStart);
  await build();
  // Loaded only now: they use npm packages.
  if (once) await (await import('./start/once.js')).once(port, cluster);
  else await (await import('./start/serve.js')).serve(port, cluster);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await runMain(() => main(process.argv.slice(2)));
}
