import * as library from '../../../js/entries/deno.js';
import { runInProcess } from '../workload.js';

await runInProcess(library, Deno.args[0] ?? '', () => {
  /** @type {any} */ (globalThis).gc();
  const { heapUsed, external, rss } = Deno.memoryUsage();
  return { heap: heapUsed + external, total: rss };
});
