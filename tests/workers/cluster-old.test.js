import { cluster, failover } from './cluster.js';
import { workerds } from './workerds.js';

cluster(workerds.old);
failover(workerds.old);
