import { testShortRun } from './short.js';

testShortRun('node', 11, false, true);
testShortRun('deno', 12, true, true);
testShortRun('bun', 13, false, true);
testShortRun('workerd', 14, false, true);
testShortRun('workerd-new', 15, true, true);
