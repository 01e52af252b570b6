/**
 * The part of the harness that lives in the runtime under test: it runs cases by name and asks the
 * fixtures for servers.
 */
import { fromWire, toWire } from './wire.js';

const TIMEOUT_MILLISECONDS = 20_000;

/**
 * @typedef {object} FixtureClient What a case may ask of the Node process that drives it.
 * @property {(method: string, ...args: any[]) => Promise<any>} ask
 *
 * @typedef {object} Case
 * @property {string} name
 * @property {string[]} [except] runtimes where the question does not arise
 * @property {(context: any) => Promise<void>} run
 *
 * @typedef {{ passed: boolean, error?: string }} Result
 */

/**
 * @param {string} origin the fixtures'
 * @returns {FixtureClient}
 */
export function fixturesAt(origin) {
  return {
    async ask(method, ...args) {
      const response = await fetch(origin, { method: 'POST', body: toWire({ method, args }) });
      const { value, error } = fromWire(await response.text());
      if (error !== undefined) throw new Error(error);
      return value;
    },
  };
}

/**
 * @param {Case[]} cases
 * @param {string} name
 * @param {any} context
 * @returns {Promise<Result>}
 */
export async function runCase(cases, name, context) {
  try {
    const found = cases.find((item) => item.name === name);
    if (!found) throw new Error(`no case is called '${name}'`);
    await inTime(found.run(context), 'the case');
    return { passed: true };
  } catch (error) {
    const reported = context.reported?.map((/** @type {any} */ item) => describe(item.error)) ?? [];
    return { passed: false, error: [describe(error), ...reported].join('\nreported: ') };
  }
}

/**
 * Runs the cases that the fixtures name, one after another, until there are no more.
 *
 * @param {string} origin
 * @param {Case[]} cases
 * @param {(fixtures: FixtureClient) => Promise<{ context: any, end(): Promise<void> }>} prepare
 */
export async function runCases(origin, cases, prepare) {
  const fixtures = fixturesAt(origin);
  for (let name; (name = await fixtures.ask('nextCase'));) {
    await fixtures.ask('finishCase', await runPrepared(fixtures, cases, name, prepare));
  }
}

/**
 * @param {FixtureClient} fixtures
 * @param {Case[]} cases
 * @param {string} name
 * @param {(fixtures: FixtureClient) => Promise<{ context: any, end(): Promise<void> }>} prepare
 */
export async function runPrepared(fixtures, cases, name, prepare) {
  const { context, end } = await prepare(fixtures);
  const result = await runCase(cases, name, context);
  try {
    await inTime(end(), 'the clean-up after the case');
    return result;
  } catch (error) {
    return result.passed ? { passed: false, error: describe(error) } : result;
  }
}

/**
 * @template T
 * @param {Promise<T>} promise
 * @param {string} what
 * @returns {Promise<T>}
 */
async function inTime(promise, what) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} does not end`)), TIMEOUT_MILLISECONDS);
  });
  try {
    return await /** @type {Promise<T>} */ (Promise.race([promise, late]));
  } finally {
    clearTimeout(timer);
  }
}

/** @param {any} error @returns {string} */
function describe(error) {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${describe(error.cause)}`;
  return `${error.name}: ${error.message}\n${error.stack ?? ''}${cause}`;
}
