import { testShortRun } from './short.js';

testShortRun('node', 1, false);
testShortRun('node', 6, true);
testShortRun('deno', 2, true);
testShortRun('bun', 3, false);
testShortRun('bun', 7, true);
