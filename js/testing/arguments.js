/**
 * The arguments of commands: keys and numbers.
 * @module
 */
import { CommandError } from './protocol.js';

/** One character a byte. @param {Uint8Array} [argument] */
export function text(argument = new Uint8Array()) {
  return Array.from(argument, (byte) => String.fromCharCode(byte)).join('');
}

/** @param {string} argument of one character a byte */
export function bytes(argument) {
  return Uint8Array.from(argument, (character) => character.charCodeAt(0));
}

/** @param {Uint8Array} [argument] */
export function integer(argument) {
  const digits = text(argument);
  if (!/^-?(0|[1-9]\d{0,18})$/.test(digits)) {
    throw new CommandError('ERR value is not an integer or out of range');
  }
  return BigInt(digits);
}
