/** Gets tools: all are looked at first, what this machine cannot have is told at once, the rest is installed side by side. */

import { exclusively } from '../lib/lock.js';
import { step } from '../lib/progress.js';
import { aptInstall, areInstalled } from './apt.js';
import { noteUse, removeUnused, requireWritable } from './cache.js';
import * as cargoTools from './cargo-tools.js';
import { adviceFor, decide, judge, unsupported } from './decide.js';
import { explain } from './explain.js';
import * as runtimes from './runtimes.js';
import { findProject, installProject, TYPEDOC } from './npm-project.js';
import * as npm from './npm.js';
import { platform } from './platform.js';
import * as programs from './programs.js';
import * as python from './python.js';
import * as rust from './rust.js';
import { toolsFor } from './table.js';
import * as wasmTarget from './wasm-target.js';

/**
 * @typedef {import('./decide.js').Found} Found
 * @typedef {import('./decide.js').Tool} Tool
 * @typedef {import('./table.js').ToolName} ToolName
 * @typedef {{ find: () => Promise<Found>, install?: () => Promise<void> }} Hands
 */

/** How each tool is looked for, and how it is installed where that takes more than Debian's packages. @type {Record<ToolName, Hands>} */
const hands = {
  rust: { find: rust.findRust },
  'rust-lints': { find: rust.findRustLints, install: rust.installRustLints },
  cc: { find: rust.findCompiler },
  crates: { find: rust.findCrates, install: rust.fetchCrates },
  'wasm-target': { find: wasmTarget.findWasmTarget, install: wasmTarget.installWasmTarget },
  'wasm-bindgen': { find: cargoTools.findWasmBindgen, install: cargoTools.installWasmBindgen },
  'wasm-bindgen-cli': {
    find: cargoTools.findWasmBindgenCli,
    install: cargoTools.installWasmBindgenCli,
  },
  'wasm-pack': { find: cargoTools.findWasmPack, install: cargoTools.installWasmPack },
  'cargo-deny': { find: cargoTools.findCargoDeny, install: cargoTools.installCargoDeny },
  'npm-program': { find: npm.findNpmProgram },
  npm: { find: npm.findNpm, install: npm.installNpm },
  runtimes: { find: runtimes.findRuntimes, install: runtimes.installRuntimes },
  typedoc: { find: () => findProject(TYPEDOC), install: () => installProject(TYPEDOC) },
  redis: { find: programs.findRedis },
  chromium: { find: programs.findChromium },
  python3: { find: python.findInterpreter },
  python: { find: python.findEnvironment, install: python.installEnvironment },
};

/**
 * What there is of a tool, and what is wrong with it.
 * @param {ToolName} name
 */
export async function examine(name) {
  const tool = toolsFor(platform())[name];
  const found = await hands[name].find();
  return { name, tool, found, ...judge(found, tool.need) };
}

/**
 * Gets what is missing, too old or broken of the tools named.
 * @param {...ToolName} names
 * @throws {Error} when a tool cannot be had, with what to do
 */
export async function ensure(...names) {
  const reason = unsupported(platform());
  if (reason !== null) throw new Error(reason);
  if ((await lacking(names)).length > 0) {
    requireWritable();
    await exclusively('setup', async () => {
      removeUnused();
      // Another process may have installed them in the meantime.
      await installAll(await lacking(names));
    });
  }
  if (names.includes('redis')) await programs.preferRedis();
}

/** Tools that were ready: they stay so while this process runs. @type {Set<ToolName>} */
const ready = new Set();

/**
 * The tools that are not ready, and of those by which they are installed.
 * @param {readonly ToolName[]} names
 * @returns {Promise<ToolName[]>}
 */
async function lacking(names) {
  const asked = names.filter((name) => !ready.has(name));
  const examined = await Promise.all(asked.map(examine));
  for (const { name, found, state } of examined) {
    if (state !== 'ready') continue;
    ready.add(name);
    noteUse(found.path);
  }
  const wanting = examined.filter(({ state }) => state !== 'ready');
  const before = wanting.flatMap(({ tool }) => /** @type {ToolName[]} */ (tool.after));
  const deeper = before.length === 0 ? [] : await lacking(before);
  return [...new Set([...wanting.map(({ name }) => name), ...deeper])];
}

/** @param {ToolName[]} names */
async function installAll(names) {
  const examined = await Promise.all(names.map(examine));
  const told = examined.map(({ tool, found }) => decide(tool, found, platform()));
  const messages = told.flatMap((each) => (each.action === 'tell' ? [each.message] : []));
  if (messages.length > 0) throw new Error(messages.join('\n✗ '));

  const debian = installPackages(examined.map(({ tool }) => tool));
  /** @type {Map<ToolName, Promise<void>>} */
  const started = new Map();
  const start = (/** @type {ToolName} */ name) => {
    const running = started.get(name) ?? installOne(name);
    started.set(name, running);
    return running;
  };
  const installOne = async (/** @type {ToolName} */ name) => {
    const tool = toolsFor(platform())[name];
    const before = /** @type {ToolName[]} */ (tool.after).filter((each) => names.includes(each));
    await Promise.all(before.map(start));
    if (tool.apt.length > 0) await debian;
    const { install } = hands[name];
    if (install !== undefined) await attempt(`Installing ${named(tool)}`, tool.expected, install);
    await requireReady(name);
  };
  await allOf([debian, ...names.map(start)]);
}

/**
 * Debian's packages, in one go: apt serves one at a time.
 * @param {Tool[]} tools
 */
async function installPackages(tools) {
  const packages = tools.flatMap(({ apt, need, advice }) =>
    apt.map((name) => ({ name, least: need.least, otherWay: advice })),
  );
  if (packages.length === 0 || areInstalled(packages)) return;
  const names = packages.map(({ name }) => name).join(', ');
  await attempt(`Installing ${names} with apt`, 'about 30 seconds', () => aptInstall(packages));
}

/** @param {Tool} tool */
function named({ title }) {
  return title.replace(/^(The|A) /, (article) => article.toLowerCase());
}

/**
 * A step whose failure is told in one line where its cause is a usual one.
 * @param {string} title
 * @param {string} expected
 * @param {() => Promise<void>} work
 */
async function attempt(title, expected, work) {
  try {
    await step(title, expected, work);
  } catch (error) {
    const { message, output = message } = /** @type {Error & { output?: string }} */ (error);
    const reason = explain(output, process.env) ?? message;
    throw new Error(`${title} failed: ${reason}`, { cause: error });
  }
}

/** @param {ToolName} name */
async function requireReady(name) {
  const { tool, found, state, why } = await examine(name);
  if (state !== 'ready') {
    throw new Error(`${tool.title} ${why}, after its installation. ${adviceFor(tool, platform())}`);
  }
  ready.add(name);
  noteUse(found.path);
}

/**
 * Waits for all: one that fails does not stop another half way.
 * @param {Promise<void>[]} promises
 * @throws {Error} with the messages of all that failed, each once
 */
async function allOf(promises) {
  const results = await Promise.allSettled(promises);
  const reasons = results.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
  const messages = new Set(reasons.map((reason) => reason.message));
  if (messages.size > 0) throw new Error([...messages].join('\n✗ '));
}
