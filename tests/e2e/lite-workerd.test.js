import { runSuite } from '../support/run-suite.js';
import { liteCases } from './suite.js';

runSuite('workerd', new URL('./programs/lite-workerd.js', import.meta.url), liteCases);
