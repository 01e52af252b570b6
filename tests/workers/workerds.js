/**
 * The workerds that the Workers' tests run on: the one of the wrangler for Node 20, and a newer one.
 */
import { fileURLToPath } from 'node:url';
import { startWorkerd } from '../support/runtimes.js';

/**
 * @typedef {object} Version
 * @property {string} name
 * @property {string} program the file
 * @property {string} compatibilityDate the oldest that is supported, and a recent one
 *
 * @typedef {Awaited<ReturnType<typeof startWorkerd>> & { log(): string }} Worker
 */

const binary = (/** @type {string} */ name) =>
  fileURLToPath(new URL(`../../node_modules/${name}/bin/workerd`, import.meta.url));

/** What workerd or this package says when something of one request is touched in another. */
export const ERROR_PATTERN = /error|uncaught|exception|hung|different request|cachelib-edge:/i;

/** @type {Record<'old' | 'new', Version>} */
export const workerds = {
  old: {
    name: 'the old workerd',
    program: binary('workerd'),
    compatibilityDate: '2024-09-23',
  },
  new: {
    name: 'the new workerd',
    program: binary('workerd-new'),
    compatibilityDate: '2026-11-01',
  },
};

/**
 * Starts a Worker, and keeps what it logs.
 *
 * @param {Version} version
 * @param {string} program its name in programs/
 * @param {object} [options] more of Miniflare's
 * @param {string} [authority] the file of a certificate authority to trust
 * @returns {Promise<Worker>}
 */
export async function startIn({ program: path, compatibilityDate }, program, options, authority) {
  process.env.MINIFLARE_WORKERD_PATH = path;
  let text = '';
  const collect = (/** @type {import('node:stream').Readable} */ stream) =>
    stream.setEncoding('utf8').on('data', (chunk) => (text += chunk));
  const worker = await startWorkerd(
    fileURLToPath(new URL(`./programs/${program}`, import.meta.url)),
    {
      compatibilityDate,
      handleRuntimeStdio: (/** @type {any} */ out, /** @type {any} */ error) => {
        collect(out);
        collect(error);
      },
      ...options,
    },
    authority,
  ).catch((error) => {
    throw new Error(`${error.message}\n${text}`);
  });
  return Object.assign(worker, { log: () => text });
}

/**
 * Asks a Worker for an action, with parameters in the query.
 *
 * @param {Worker} worker
 * @param {string} action
 * @param {Record<string, string | number>} [parameters]
 * @param {object} [init]
 */
export async function ask(worker, action, parameters = {}, init) {
  const query = new URLSearchParams({ action });
  for (const [name, value] of Object.entries(parameters)) query.set(name, String(value));
  const response = await worker.dispatchFetch(`http://worker.test/?${query}`, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${action}: ${text}`);
  return JSON.parse(text);
}

/**
 * The connections of the package that a server has.
 *
 * @param {import('../support/redis.js').RedisServer} redis
 * @returns {Promise<string[]>} their ids
 */
export async function connectionsOf(redis) {
  const client = await redis.client();
  const list = new TextDecoder().decode(await client.send('CLIENT', 'LIST'));
  client.close();
  return list
    .split('\n')
    .filter((line) => line.includes('name=cachelib-edge'))
    .map((line) => /id=(\d+)/.exec(line)?.[1] ?? '');
}

/** @param {number} milliseconds */
export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
