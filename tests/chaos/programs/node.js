import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as library from '../../../js/entries/node.js';
import { runInProcess } from '../workload.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

await runInProcess(library, process.argv[2] ?? '', () => {
  collectGarbage();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, total: rss };
});
