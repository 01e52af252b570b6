/** Python's cachelib as a process of its own: python_peer.py. */

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { python } from '../tools/python.js';

const PROGRAM = fileURLToPath(new URL('python_peer.py', import.meta.url));

/**
 * @typedef {object} Seen What Python says of a key.
 * @property {string} value its `repr`
 * @property {string} type
 * @property {string} stored what Redis holds, in hexadecimal
 * @property {boolean} [equal] whether it is what was expected, of the same type
 * @property {string} [as_python_stores] what cachelib itself stores for what was expected, in hexadecimal
 */

/** @typedef {Awaited<ReturnType<typeof startPythonPeer>>} PythonPeer */

/**
 * Starts Python beside a Redis.
 * @param {string} url
 * @param {string} prefix of all keys
 */
export async function startPythonPeer(url, prefix) {
  const child = spawn(python(), [PROGRAM, prefix], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // Other users of this machine can read a process's arguments, and the URL may hold a password.
    env: { ...process.env, REDIS_URL: url, PYTHONIOENCODING: 'utf-8' },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  /** @type {Promise<never>} */
  const failed = new Promise((_, reject) => {
    child.once('error', (error) => reject(new Error(`Python does not start: ${error.message}`)));
    child.once('exit', (code) => reject(new Error(`Python ended with ${code}`)));
  });
  failed.catch(() => {});
  // Writing to a process that has ended fails here too: `failed` tells of it.
  child.stdin.on('error', () => {});

  /** @type {Promise<unknown>} */
  let last = Promise.resolve();

  /**
   * @param {string} action a method of `PythonPeer` in python_peer.py
   * @param {Record<string, unknown>} [args]
   * @returns {Promise<any>}
   */
  async function ask(action, args = {}) {
    child.stdin.write(`${JSON.stringify({ action, ...args })}\n`);
    const { value } = await Promise.race([failed, lines.next()]);
    if (value === undefined) return failed;
    const answer = JSON.parse(value);
    if (answer.error !== undefined) throw new Error(`Python's cachelib failed: ${answer.error}`);
    return answer;
  }

  return {
    /**
     * Has Python do something: one thing after the other.
     * @type {typeof ask}
     */
    ask(action, args) {
      const answer = last.then(() => ask(action, args));
      last = answer.catch(() => {});
      return answer;
    },
    async stop() {
      child.stdin.end();
      await failed.catch(() => {});
    },
  };
}
