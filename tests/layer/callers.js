/**
 * Processes in which many call getOrSet for one key.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** @typedef {{ answers: string[], milliseconds: number }} Result the answers that differ, and when the last one came */

/**
 * @typedef {object} Task
 * @property {string} redisUrl
 * @property {string} sourceUrl what their factories ask
 * @property {string} key
 * @property {number} callers how many
 * @property {number} lock seconds
 */

/** @param {string} name */
export const program = (name) => fileURLToPath(new URL(`./programs/${name}`, import.meta.url));

/**
 * A process that is ready to begin.
 *
 * @param {Task} task
 * @param {string} [command]
 * @param {string} [name] its program's
 */
export async function startCallers(task, command = process.execPath, name = 'callers.js') {
  const { redisUrl, sourceUrl, key, callers, lock } = task;
  const args = [program(name), redisUrl, sourceUrl, key, String(callers), String(lock)];
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  return {
    pid: String(child.pid),
    kill: () => child.kill('SIGKILL'),
    /** @returns {Promise<Result | null>} null when it was killed */
    async run() {
      child.stdin.write('go\n');
      const { value } = await lines.next();
      return value === undefined ? null : JSON.parse(value);
    },
  };
}
