import { connect } from '../../../js/transports/deno.js';
import { runInProcess } from '../run.js';

await runInProcess('deno', connect, /** @type {any} */ (globalThis).Deno.args[0]);
