import { cluster, failover } from './cluster.js';
import { workerds } from './workerds.js';

cluster(workerds.new);
failover(workerds.new);
