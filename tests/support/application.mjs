/**
 * A server of an application of tests/frameworks, beside whose check.js this file is put.
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const WAIT_MILLISECONDS = 60_000;

/**
 * Starts a server of Node's on a free port, and waits until it accepts connections: a request could change what a test counts.
 *
 * @param {(port: number) => string[]} args of node
 * @param {NodeJS.ProcessEnv} [env] of the process, with PORT and HOST
 */
export async function startServer(args, env = process.env) {
  const port = await freePort();
  const child = spawn(process.execPath, args(port), {
    stdio: 'inherit',
    env: { ...env, PORT: String(port), HOST: '127.0.0.1' },
  });
  const url = `http://127.0.0.1:${port}`;
  await untilItListens(port);
  return { url, stop: () => child.kill('SIGKILL') };
}

/** @param {number} port */
async function untilItListens(port) {
  for (const deadline = Date.now() + WAIT_MILLISECONDS; ;) {
    const socket = connect(port, '127.0.0.1');
    try {
      return await once(socket, 'connect');
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    } finally {
      socket.destroy();
    }
  }
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (probe.address());
      probe.close(() => resolve(port));
    });
  });
}
