/**
 * The Redis of a run: it keeps what it has acknowledged when it is killed, and has a second user.
 */
import { startRedis } from '../support/redis.js';

export const USER = 'chaos';
export const PASSWORD = 'between';

/** With `appendfsync no` every reply is written after its command is; only a crash of the machine could lose it. */
const CONFIG = ['--appendonly', 'yes', '--appendfsync', 'no', '--busy-reply-threshold', '50'];

export function startServer() {
  return startRedis({ users: { [USER]: `on >${PASSWORD} ~* +@all` }, more: CONFIG });
}

/**
 * The caches of a run: one that writes at once, and one whose writes wait for the handshake.
 *
 * @param {number} port
 */
export function urlsAt(port) {
  return [`redis://127.0.0.1:${port}/0`, `redis://${USER}:${PASSWORD}@127.0.0.1:${port}/1`];
}
