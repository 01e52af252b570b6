/** Running other programs. */

import { spawn, spawnSync } from 'node:child_process';
import { heard } from './progress.js';
import { root } from './paths.js';

const TAIL_LINES = 60;

/** Longer than any program here takes on a slow machine: one that is still there then hangs. */
const LIMIT_MS = 30 * 60_000;

/**
 * @typedef {{ cwd?: string, env?: Record<string, string | undefined> }} RunOptions
 * `env` is laid over this process's own environment.
 */

/**
 * Runs a program to its end and shows nothing of it unless it fails.
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<string>} what it printed, on both streams
 * @throws {Error} with the last lines it printed, when it exits with another status than 0
 */
export async function run(command, args, options) {
  let output = '';
  const status = await stream(command, args, (text) => (output += text), options);
  if (status === 0) return output;
  const tail = output.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
  throw new Error(`\`${[command, ...args].join(' ')}\` failed (${status}):\n${tail}`);
}

/**
 * Runs a program to its end and hands on what it prints, as it comes.
 * @param {string} command
 * @param {string[]} args
 * @param {(text: string) => void} output
 * @param {RunOptions} [options]
 * @returns {Promise<number | string>} the exit status, the name of the signal that ended it, or why it did not start
 */
export function stream(command, args, output, { cwd = root, env } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const pipe of [child.stdout, child.stderr]) {
      pipe.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        heard(text);
        output(text);
      });
    }
    /** @param {number | string} status */
    const finish = (status) => {
      clearTimeout(timer);
      resolve(status);
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      // What the program started may hold its pipes for ever.
      child.stdout.destroy();
      child.stderr.destroy();
      finish(`no end after ${LIMIT_MS / 60_000} minutes`);
    }, LIMIT_MS);
    child.on('error', (error) => finish(error.message));
    child.on('close', (code, signal) => finish(signal ?? code ?? 'no status'));
  });
}

/**
 * What a program prints on its standard output, or null when it is missing or fails.
 * @param {string} command
 * @param {string[]} args
 */
export function capture(command, args) {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8', cwd: root });
  return status === 0 ? stdout.trim() : null;
}
