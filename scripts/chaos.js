/** `npm run chaos`: a long run of the chaos test, in one runtime. `npm run chaos -- --help` says more. */

import { parseArgs } from 'node:util';
import { build } from './build.js';
import { ensure, runMain } from './setup.js';

const HELP = `npm run chaos -- --runtime node --calls 10000000 --seed 7

Calls a cache while a proxy delays, cuts, splits, stalls and swallows what it says, and its Redis is killed, frozen,
demoted, full, crowded and busy. Checks every answer and prints a table. The status is 1 when anything is wrong.

--runtime NAME   node, deno, bun, workerd or workerd-new (node)
--calls N        calls to make (1,000,000)
--seconds N      make no more calls after this time
--callers N      callers at once, in a process (300)
--no-fail-fast   calls wait for a server that is down, so that more of them meet faults
--cluster        a cluster of three nodes in place of one server, whose slots move too
--seed N         what the faults and the calls are drawn from (1)
--help           shows this`;

const { values } = parseArgs({
  options: {
    runtime: { type: 'string', default: 'node' },
    calls: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: 'Infinity' },
    callers: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    'no-fail-fast': { type: 'boolean', default: false },
    cluster: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

await runMain(async () => {
  if (values.help) return console.log(HELP);
  await ensure('npm', 'redis');
  await build();
  const { runChaos } = await import('../tests/chaos/run.js');
  const { table } = await import('../tests/chaos/summary.js');
  const numbers = Object.fromEntries(
    /** @type {const} */ (['calls', 'seconds', 'callers', 'seed']).map((name) => [
      name,
      number(name),
    ]),
  );
  const summary = await runChaos(
    /** @type {import('../tests/chaos/run.js').Options} */ ({
      runtime: values.runtime,
      failFast: !values['no-fail-fast'],
      cluster: values.cluster,
      ...numbers,
    }),
  );
  console.log(table(summary));
  process.exitCode = Object.keys(summary.violations).length > 0 ? 1 : 0;
});

/** @param {'calls' | 'seconds' | 'callers' | 'seed'} name */
function number(name) {
  const value = Number(values[name]);
  if (!(value >= 0)) throw new Error(`--${name} takes a number, not ${values[name]}`);
  return value;
}
