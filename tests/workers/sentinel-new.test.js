import { sentinel } from './sentinel.js';
import { workerds } from './workerds.js';

sentinel(workerds.new);
