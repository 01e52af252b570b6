import * as library from '../../../js/entries/bun.js';
import { runInProcess } from '../workload.js';

await runInProcess(library, process.argv[2] ?? '', () => {
  Bun.gc(true);
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, total: rss };
});
