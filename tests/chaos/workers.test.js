import { testShortRun } from './short.js';

testShortRun('workerd', 4, false);
testShortRun('workerd', 8, true);
testShortRun('workerd-new', 5, true);
