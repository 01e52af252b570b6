import { moduleScope } from './module-scope.js';
import { workerds } from './workerds.js';

moduleScope(workerds.new);
