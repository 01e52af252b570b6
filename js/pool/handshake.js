/**
 * What a shared connection sends before the commands of caches, and how it reads the answers.
 * @module
 */
import { Scanner } from '../resp/scanner.js';

/** @import { Target } from './rpc.js' */

const encoder = new TextEncoder();

/**
 * AUTH, SELECT and CLIENT SETNAME, as far as they are needed.
 *
 * @param {Target} target
 */
export function handshakeFor({ username, password, database, clientName }) {
  /** @type {string[][]} */
  const commands = [];
  if (password !== undefined) {
    commands.push(username === undefined ? ['AUTH', password] : ['AUTH', username, password]);
  }
  if (database !== 0) commands.push(['SELECT', String(database)]);
  if (clientName !== '') commands.push(['CLIENT', 'SETNAME', clientName]);
  return commands;
}

/** @param {string[][]} commands */
export function encode(commands) {
  const text = commands.map((command) => {
    const parts = command.map((part) => `$${encoder.encode(part).length}\r\n${part}\r\n`);
    return `*${command.length}\r\n${parts.join('')}`;
  });
  return encoder.encode(text.join(''));
}

/** @param {Uint8Array} replies of one line each */
export function linesOf(replies) {
  const scanner = new Scanner();
  const lines = [];
  for (let start = 0, end; (end = scanner.next(replies, start)) >= 0; start = end) {
    lines.push(replies.subarray(start, end));
  }
  return lines;
}
