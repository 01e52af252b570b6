import { near } from './near.js';
import { workerds } from './workerds.js';

near(workerds.new);
