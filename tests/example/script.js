/** Running `npm start` as a process of its own. */

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../scripts/start.js', import.meta.url));
const TIMEOUT_MS = 120_000;

/**
 * Starts the script, with no terminal.
 * @param {string[]} args
 * @param {Record<string, string>} [env] laid over this process's own
 */
export function startScript(args, env = {}) {
  const child = spawn(process.execPath, [SCRIPT, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  /** @type {Set<() => void>} */
  const listeners = new Set();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
      for (const listener of listeners) listener();
    });
  }
  /** @type {Promise<number | NodeJS.Signals | null>} */
  const ended = new Promise((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal)),
  );

  /**
   * @template T
   * @param {Promise<T>} promise
   * @param {string} what
   * @returns {Promise<T>}
   */
  async function inTime(promise, what) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => {
        child.kill('SIGTERM');
        reject(new Error(`${what} did not come; the script printed:\n${output}`));
      }, TIMEOUT_MS);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
  }

  return {
    child,
    /** What came of it. */
    ended: async () => ({ status: await inTime(ended, 'its end'), output }),
    /**
     * Waits until it has printed this.
     * @param {RegExp} pattern
     * @returns {Promise<RegExpExecArray>}
     */
    says(pattern) {
      const said = new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(output);
          if (match !== null) resolve(match);
        };
        listeners.add(look);
        look();
        ended.then(() => reject(new Error(`it ended without ${pattern}:\n${output}`)));
      });
      return inTime(said, String(pattern));
    },
  };
}
