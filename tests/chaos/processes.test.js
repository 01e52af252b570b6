import { testShortRun } from './short.js';

testShortRun('node', 1);
testShortRun('deno', 2);
testShortRun('bun', 3);
