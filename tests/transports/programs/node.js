import { connect } from '../../../js/transports/node.js';
import { runInProcess } from '../run.js';

await runInProcess('node', connect, process.argv[2] ?? '');
