/** Running other programs. */

import { execFile, spawn, spawnSync } from 'node:child_process';
import { noteOutput } from './progress.js';
import { root } from './paths.js';

const TAIL_LINES = 60;

/** Longer than any program here takes on a slow machine: one that is still there then hangs. */
const LIMIT_MS = 30 * 60_000;

/** Longer than any program takes to say its version. */
const QUERY_LIMIT_MS = 20_000;

/**
 * @typedef {{ cwd?: string, env?: Record<string, string | undefined>, limitMs?: number }} RunOptions
 * `env` is laid over this process's own environment.
 */

/** A program that failed. Its message has the last lines that it printed. */
export class CommandError extends Error {
  /**
   * @param {string} command with its arguments
   * @param {number | string} status
   * @param {string} output all that it printed, on both streams
   */
  constructor(command, status, output) {
    const tail = output.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
    super(`\`${command}\` failed (${status}):\n${tail}`);
    this.output = output;
  }
}

/**
 * Runs a program to its end and shows nothing of it unless it fails.
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<string>} what it printed, on both streams
 * @throws {CommandError} when it exits with another status than 0
 */
export async function run(command, args, options) {
  let output = '';
  const status = await stream(command, args, (text) => (output += text), options);
  if (status === 0) return output;
  throw new CommandError([command, ...args].join(' '), status, output);
}

/**
 * Runs a program to its end and hands on what it prints, as it comes.
 * @param {string} command
 * @param {string[]} args
 * @param {(text: string) => void} output
 * @param {RunOptions} [options]
 * @returns {Promise<number | string>} the exit status, the name of the signal that ended it, or why it did not start
 */
export function stream(command, args, output, { cwd = root, env, limitMs = LIMIT_MS } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const pipe of [child.stdout, child.stderr]) {
      pipe.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        noteOutput(text);
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
      finish(`no end after ${limitMs / 60_000} minutes`);
    }, limitMs);
    child.on('error', (error) => finish(error.message));
    child.on('close', (code, signal) => finish(signal ?? code ?? 'no status'));
  });
}

/** Programs whose output is read answer in English. */
const PLAIN = { LC_ALL: 'C' };

/**
 * What a program prints on its standard output, or null when it is missing or fails.
 * @param {string} command
 * @param {string[]} args
 */
export function capture(command, args) {
  const env = { ...process.env, ...PLAIN };
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8', cwd: root, env });
  return status === 0 ? stdout.trim() : null;
}

/**
 * The same, without waiting for it: several programs are asked at once.
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<string | null>}
 */
export function query(command, args) {
  const options = { cwd: root, env: { ...process.env, ...PLAIN }, timeout: QUERY_LIMIT_MS };
  return new Promise((resolve) => {
    execFile(command, args, options, (error, stdout) => {
      resolve(error === null ? stdout.trim() : null);
    });
  });
}
