/** Debian's packages: which are to be installed is decided by pure functions over what apt prints. */

import { statSync } from 'node:fs';
import { capture, run } from '../lib/process.js';
import { explain } from './explain.js';
import { platform } from './platform.js';
import { isAtLeast, upstreamVersion } from './versions.js';

const DAY_MS = 24 * 60 * 60_000;

/** Its time is that of the last `apt-get update`. */
const LISTS = '/var/lib/apt/lists/partial';

/** Another apt at work, such as the daily one, is waited for. */
const OPTIONS = ['-o', 'DPkg::Lock::Timeout=600', '-o', 'Acquire::Retries=2'];

/**
 * @typedef {{ installed: string | null, candidate: string | null }} Policy
 * @typedef {{ name: string, least?: string, otherWay?: string }} Package `otherWay`: how to get it without apt, in a sentence
 * @typedef {{ action: 'none' } | { action: 'refresh' } | { action: 'install', names: string[] }
 *   | { action: 'tell', message: string }} Plan
 */

/**
 * What `apt-cache policy` says of packages, by their names. It says nothing of a package that no list has.
 * @param {string} output
 * @returns {Map<string, Policy>}
 */
export function parsePolicies(output) {
  const entries = [...output.matchAll(/^(\S+):\n {2}Installed: (.+)\n {2}Candidate: (.+)$/gm)];
  const version = (/** @type {string | undefined} */ text) =>
    text === undefined || text === '(none)' ? null : text;
  return new Map(
    entries.map(([, name = '', installed, candidate]) => [
      name,
      { installed: version(installed), candidate: version(candidate) },
    ]),
  );
}

/**
 * What to do so that packages are there, each of its least version or newer.
 * @param {Package[]} packages
 * @param {Map<string, Policy>} policies
 * @param {'fresh' | 'old' | 'refreshed'} lists old: of another day; refreshed: brought up to date by this run
 * @returns {Plan}
 */
export function planApt(packages, policies, lists) {
  const wanted = packages.filter((each) => !serves(each, policies.get(each.name)?.installed));
  if (wanted.length === 0) return { action: 'none' };
  const lacking = wanted.find((each) => !serves(each, policies.get(each.name)?.candidate));
  if (lists === 'old' || (lacking !== undefined && lists !== 'refreshed')) {
    return { action: 'refresh' };
  }
  if (lacking === undefined) return { action: 'install', names: wanted.map(({ name }) => name) };
  return { action: 'tell', message: explainLack(lacking, policies.get(lacking.name)) };
}

/**
 * @param {Package} needed
 * @param {string | null | undefined} version
 */
function serves({ least }, version) {
  if (version === null || version === undefined) return false;
  return least === undefined || isAtLeast(upstreamVersion(version), least);
}

/**
 * @param {Package} needed
 * @param {Policy | undefined} policy
 */
function explainLack({ name, least, otherWay = '' }, policy) {
  const lack = policy?.candidate
    ? `apt offers ${name} ${policy.candidate}, and ${least} or newer is needed.`
    : `apt knows no package ${name}.`;
  return `${lack} ${otherWay}`.trimEnd();
}

/**
 * Whether packages are there already, each of its least version or newer.
 * @param {Package[]} packages
 */
export function areInstalled(packages) {
  return planApt(packages, policiesOf(packages), 'fresh').action === 'none';
}

/**
 * Installs or upgrades packages, and checks that they are then what they must be.
 * @param {Package[]} packages
 * @throws {Error} when apt does not offer them
 */
export async function aptInstall(packages) {
  /** @type {'fresh' | 'old' | 'refreshed'} */
  let lists = listsAreOld() ? 'old' : 'fresh';
  let plan = planApt(packages, policiesOf(packages), lists);
  /** @type {string | null} */
  let problem = null;
  if (plan.action === 'refresh') {
    problem = await refresh();
    lists = 'refreshed';
    plan = planApt(packages, policiesOf(packages), lists);
  }
  if (plan.action === 'install') {
    await install(plan.names, lists);
    plan = planApt(packages, policiesOf(packages), 'refreshed');
  }
  if (plan.action === 'tell') throw new Error(problem ?? plan.message);
  if (plan.action !== 'none') throw new Error(`apt-get did not install ${namesOf(packages)}`);
}

/** @param {Package[]} packages */
function policiesOf(packages) {
  return parsePolicies(capture('apt-cache', ['policy', ...packages.map(({ name }) => name)]) ?? '');
}

/** @param {Package[]} packages */
const namesOf = (packages) => packages.map(({ name }) => name).join(', ');

function listsAreOld() {
  const time = statSync(LISTS, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Date.now() - time > DAY_MS;
}

/**
 * Brings the lists up to date. That a source fails is no failure: what is then offered decides.
 * @returns {Promise<string | null>} why a source failed
 */
async function refresh() {
  try {
    const output = await apt('update');
    const failed = output.split('\n').filter((line) => /^(W|E|Err)[:\s]/.test(line));
    return explain(failed.join('\n'), process.env);
  } catch (error) {
    const { output, message } = /** @type {import('../lib/process.js').CommandError} */ (error);
    return explain(output, process.env) ?? message;
  }
}

/**
 * @param {string[]} names
 * @param {'fresh' | 'old' | 'refreshed'} lists
 */
async function install(names, lists) {
  const attempt = () => apt('install', '-y', '--no-install-recommends', ...names);
  try {
    await attempt();
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    if (/dpkg was interrupted/.test(message)) await asRoot('dpkg', ['--configure', '-a']);
    // A list of the same day can name versions that the archive no longer has.
    else if (lists !== 'refreshed') await refresh();
    else throw error;
    await attempt();
  }
}

/** @param {string[]} args */
function apt(...args) {
  return asRoot('apt-get', [...OPTIONS, ...args]);
}

/**
 * @param {string} program
 * @param {string[]} args
 */
function asRoot(program, args) {
  const [command = program, ...rest] = [...(platform().asRoot ?? []), program, ...args];
  return run(command, rest, { env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' } });
}
