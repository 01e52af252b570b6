import { tracking } from './tracking.js';
import { workerds } from './workerds.js';

tracking(workerds.new);
