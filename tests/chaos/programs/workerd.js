/**
 * A Worker whose caches are at module scope: each request makes some calls, with pauses in between.
 */
import * as library from '../../../js/entries/workerd.js';
import { answer } from '../../workers/programs/answer.js';
import { Caller } from '../caller.js';
import { Ledger } from '../ledger.js';
import { Monitor } from '../monitor.js';
import { Random } from '../random.js';
import { Tally } from '../tally.js';
import { makeCaches } from '../workload.js';

const { CacheError } = library;
const ledger = new Ledger('isolate');
/** @type {any[] | undefined} */
let caches;

export default answer({
  async work({ seed, request, calls, callers }, env) {
    caches ??= makeCaches(library, JSON.parse(env.CACHE_ARGUMENTS));
    const [monitor, tally] = [new Monitor(), new Tally()];
    const world = { CacheError, caches, ledger, monitor, tally, pauses: 0.05 };
    await Promise.all(
      Array.from({ length: Number(callers) }, (_, number) =>
        new Caller(
          world,
          `request:${request}:${number}`,
          new Random(seed, 'request', request, number),
        ).run(() => tally.calls < Number(calls)),
      ),
    );
    monitor.stop();
    return tally.figures;
  },
  counters: async () => ledger.bounds(),
});
