/**
 * Servers in processes of their own, which say where they listen.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const START_TIMEOUT_MILLISECONDS = 30_000;

/** @typedef {Awaited<ReturnType<typeof startServer>>} Server */

/**
 * Starts a server and waits until it prints its address, which is the first URL of this machine.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} options `env` is laid over this process's own environment
 */
export async function startServer(command, args, { cwd, env }) {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async () => {
    process.off('exit', kill);
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  try {
    const output = new Output(child);
    return { url: await output.address(), output: () => output.text, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What a process prints. */
class Output {
  text = '';
  #child;

  /** @param {import('node:child_process').ChildProcessByStdio<null, any, any>} child */
  constructor(child) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => (this.text += text));
    }
  }

  /** @returns {Promise<string>} */
  async address() {
    const deadline = Date.now() + START_TIMEOUT_MILLISECONDS;
    for (;;) {
      const found = /http:\/\/(127\.0\.0\.1|localhost):\d+/.exec(this.text);
      if (found) return found[0];
      const { exitCode, signalCode } = this.#child;
      if (exitCode !== null || signalCode !== null || Date.now() > deadline) {
        throw new Error(`it does not listen (${exitCode ?? signalCode ?? 'late'}):\n${this.text}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
