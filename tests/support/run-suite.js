/**
 * Reports a suite of cases that runs in another runtime as tests of node:test, one a case.
 */
import { after, before, describe, test } from 'node:test';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startFixtures } from './fixtures.js';
import { runtimes } from './runtimes.js';

/** How suites are named after what they run on. */
const NAMES = { single: '', cluster: ' on a cluster', sentinel: ' behind Sentinels' };

/**
 * @param {keyof typeof runtimes} name the runtime
 * @param {URL} program the module that runs the cases there
 * @param {import('./cases.js').Case[]} cases
 * @param {string[]} [flags] for the runtime's command line, beyond what it always gets
 * @param {Parameters<typeof startFixtures>[0]} [deployment] what the cases run on
 */
export function runSuite(name, program, cases, flags = [], deployment = 'single') {
  const suite = basename(fileURLToPath(new URL('..', program)));
  const on = typeof deployment === 'string' ? NAMES[deployment] : '';

  describe(`${suite} in ${name}${on}`, () => {
    /** @type {import('./runtimes.js').Fixtures} */
    let fixtures;
    /** @type {import('./runtimes.js').Runtime} */
    let runtime;

    const start = () => runtimes[name](fileURLToPath(program), fixtures, flags);

    before(async () => {
      fixtures = await startFixtures(deployment);
      runtime = await start();
    });
    after(async () => {
      await runtime?.stop();
      await fixtures?.stop();
    });

    for (const item of cases) {
      if (item.except?.some((excepted) => name.endsWith(excepted))) continue;
      test(item.name, async () => {
        await fixtures.reset();
        const { passed, error } = await runtime.run(item.name).catch(async (reason) => {
          // It has crashed or hangs in a loop: the next case gets a new one.
          await runtime.stop();
          runtime = await start();
          throw reason;
        });
        if (!passed) throw new Error(`in ${name}: ${error}`);
      });
    }
  });
}
