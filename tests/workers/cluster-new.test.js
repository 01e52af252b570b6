import { cluster } from './cluster.js';
import { workerds } from './workerds.js';

cluster(workerds.new);
