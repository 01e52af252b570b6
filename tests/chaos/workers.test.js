import { testShortRun } from './short.js';

testShortRun('workerd', 4);
testShortRun('workerd-new', 5);
