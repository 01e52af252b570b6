import { pool } from './pool.js';
import { workerds } from './workerds.js';

pool(workerds.old);
