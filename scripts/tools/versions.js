/** Versions: reading them in what tools print, comparing them, and those that the project needs. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/paths.js';

/** The first version in a text, such as `1.96.0` in `rustc 1.96.0 (abc 2026-05-28)`, or null. */
export function versionIn(/** @type {string} */ text) {
  return /\d+(\.\d+)+/.exec(text)?.[0] ?? null;
}

/**
 * The upstream version of a Debian package: `7.0.15` of `5:7.0.15-1~deb12u7`. One before a release, such as
 * `1.90.0~beta.3`, keeps its mark.
 * @param {string} version
 */
export function upstreamVersion(version) {
  const upstream = version.replace(/^\d+:/, '').replace(/-[^-]*$/, '');
  return /^[\d.]+(~\w+)?/.exec(upstream)?.[0] ?? upstream;
}

/**
 * Whether a version is the least one or newer, by its numbers. What stands behind `~` comes before the release.
 * @param {string} version
 * @param {string} least
 */
export function isAtLeast(version, least) {
  const [found, wanted] = [numbersOf(version), numbersOf(least)];
  const length = Math.max(found.length, wanted.length);
  for (let at = 0; at < length; at++) {
    const difference = (found[at] ?? 0) - (wanted[at] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return !version.includes('~');
}

/** @param {string} version */
function numbersOf(version) {
  return (/^[\d.]+/.exec(version)?.[0] ?? '0').split('.').map(Number);
}

/** The first group of a pattern in a file of the project, which must have it. */
function read(/** @type {string} */ file, /** @type {RegExp} */ pattern) {
  const found = pattern.exec(readFileSync(join(root, file), 'utf8'))?.[1];
  if (found === undefined) throw new Error(`${file} has nothing like ${pattern}`);
  return found;
}

/** What the project needs: the least version, or the only one of what `exact` names. Each stands where its own tool reads it. */
export const needs = {
  rust: read('Cargo.toml', /^rust-version = "(.+)"$/m),
  node: read('package.json', /"devEngines": \{[^}]*"version": ">=([\d.]+)"/),
  npm: '10',
  python: '3.11',
  redis: '6.2',
};

export const exact = {
  wasmBindgen: read('Cargo.lock', /^name = "wasm-bindgen"\nversion = "(.+)"$/m),
  wasmPack: '0.15.1',
  cargoDeny: '0.20.2',
};
