/** One process at a time: several commands of the project may run side by side on one machine. */

import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cacheFolder } from './paths.js';

const POLL_MS = 200;

/** The holder touches the file this often, so that a lock of a process that is gone is known by its age. */
const HEARTBEAT_MS = 5_000;

/** Longer than a busy machine keeps the holder from touching the file. */
const EXPIRED_MS = 60_000;

/** @typedef {{ pid: number, host: string }} Owner */

/**
 * Does `work` while no other process does work under the same name.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @param {string} [folder] where the lock is
 * @returns {Promise<T>}
 */
export async function exclusively(name, work, folder = cacheFolder) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.lock`);
  for (let waiting = false; !take(file); waiting = true) {
    if (!waiting) console.log(`… waiting for another process that holds ${file}`);
    await sleep(POLL_MS);
  }
  const heartbeat = setInterval(() => touch(file), HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    rmSync(file, { force: true });
  }
}

/** @param {string} file */
function take(file) {
  try {
    writeFileSync(file, JSON.stringify({ pid: process.pid, host: hostname() }), { flag: 'wx' });
    return true;
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === 'EEXIST') breakIfAbandoned(file);
    // On a full disk the file is there, and empty.
    else rmSync(file, { force: true });
    if (code !== 'EEXIST') throw error;
    return false;
  }
}

/**
 * Removes a lock whose owner is gone. Of several processes that find it so, one moves it away; a lock that was taken anew in
 * between is put back.
 * @param {string} file
 */
function breakIfAbandoned(file) {
  const seen = read(file);
  if (seen === null || !isAbandoned(seen.owner, seen.age, isRunning)) return;
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    if (read(aside)?.text === seen.text) rmSync(aside, { force: true });
    else renameSync(aside, file);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error;
  }
}

/**
 * Whether the owner of a lock is gone. A process number alone does not tell: another process may have it by now, and it means
 * nothing on another host, such as a container that shares the folder.
 * @param {Owner | null} owner null: the file does not say
 * @param {number} age milliseconds since the owner last touched the file
 * @param {(pid: number) => boolean} runs
 * @param {string} [host] this one
 */
export function isAbandoned(owner, age, runs, host = hostname()) {
  if (age > EXPIRED_MS) return true;
  return owner !== null && owner.host === host && !runs(owner.pid);
}

/**
 * @param {string} file
 * @returns {{ text: string, owner: Owner | null, age: number } | null} null: it is gone
 */
function read(file) {
  try {
    const text = readFileSync(file, 'utf8');
    return { text, owner: parseOwner(text), age: Date.now() - statSync(file).mtimeMs };
  } catch {
    return null;
  }
}

/**
 * @param {string} text
 * @returns {Owner | null}
 */
function parseOwner(text) {
  try {
    const { pid, host } = JSON.parse(text);
    return typeof pid === 'number' && typeof host === 'string' ? { pid, host } : null;
  } catch {
    return null;
  }
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** @param {string} file */
function touch(file) {
  const now = new Date();
  try {
    utimesSync(file, now, now);
  } catch {
    // It was removed by hand: the work goes on.
  }
}
