/** Programs that the system's packages bring: the Redis server, and Chromium with its driver. */

import { existsSync, mkdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { capture, query } from '../lib/process.js';
import { cacheFolder, pathWith, which, whichAll } from '../lib/paths.js';
import { isAtLeast, needs, versionIn } from './versions.js';

/** @typedef {import('./decide.js').Found} Found */

const BROWSERS = [
  ...['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'],
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** Debian installs there; PATH may not have it, or have an older one first. */
const SYSTEM_FOLDERS = ['/usr/bin', '/usr/sbin', '/opt/homebrew/bin', '/usr/local/bin'];

/** Paths of programs of a name: those of PATH first. */
function candidates(/** @type {string} */ name) {
  const paths = name.startsWith('/')
    ? [name]
    : [...whichAll(name), ...SYSTEM_FOLDERS.map((folder) => join(folder, name))];
  const there = paths.filter((path) => existsSync(path));
  // /bin is a link to /usr/bin on most systems.
  return there.filter((path, at) => there.findIndex((each) => isSame(each, path)) === at);
}

/** @param {string} a @param {string} b */
const isSame = (a, b) => realpathSync(a) === realpathSync(b);

/** @returns {Promise<Found>} */
export async function findRedis() {
  const paths = candidates('redis-server');
  const answers = await Promise.all(paths.map((path) => query(path, ['--version'])));
  return chooseRedis(paths.map((path, at) => ({ path, output: answers[at] ?? null })));
}

/**
 * The first server that is new enough, else the first there is.
 * @param {{ path: string, output: string | null }[]} servers with what `--version` printed
 * @returns {Found}
 */
export function chooseRedis(servers) {
  const found = servers
    .filter(({ output }) => output !== null)
    .map(({ path, output }) => ({
      path,
      version: versionIn(/v=(\S+)/.exec(output ?? '')?.[1] ?? ''),
    }));
  const serving = found.find(({ version }) => version !== null && isAtLeast(version, needs.redis));
  return serving ?? found[0] ?? { version: null, path: null };
}

/** Makes `redis-server` mean the one that was chosen, for this process and those it starts. */
export async function preferRedis() {
  const { path } = await findRedis();
  if (path === null || path === which('redis-server')) return;
  const folder = join(cacheFolder, 'bin');
  mkdirSync(folder, { recursive: true });
  rmSync(join(folder, 'redis-server'), { force: true });
  symlinkSync(path, join(folder, 'redis-server'));
  process.env.PATH = pathWith(folder);
}

/** @returns {Promise<Found>} */
export async function findChromium() {
  const ask = (/** @type {string} */ path) => query(path, ['--version']);
  const [browsers, drivers] = [BROWSERS.flatMap(candidates), candidates('chromedriver')];
  const [ofBrowsers, ofDrivers] = await Promise.all([
    Promise.all(browsers.map(ask)),
    Promise.all(drivers.map(ask)),
  ]);
  return chooseChromium(
    browsers.map((path, at) => ({ path, output: ofBrowsers[at] ?? null })),
    drivers.map((path, at) => ({ path, output: ofDrivers[at] ?? null })),
  );
}

/**
 * The first browser that has a driver of its version.
 * @param {{ path: string, output: string | null }[]} browsers with what `--version` printed
 * @param {{ path: string, output: string | null }[]} drivers
 * @returns {Found & { driver: string | null }}
 */
export function chooseChromium(browsers, drivers) {
  const known = (/** @type {typeof browsers} */ programs) =>
    programs.flatMap(({ path, output }) => {
      const version = versionIn(output ?? '');
      return version === null ? [] : [{ path, version }];
    });
  const [ofBrowsers, ofDrivers] = [known(browsers), known(drivers)];
  for (const { path, version } of ofBrowsers) {
    const driver = ofDrivers.find((each) => majorOf(each.version) === majorOf(version));
    if (driver !== undefined) return { path, version, driver: driver.path };
  }
  const [browser, driver] = [ofBrowsers[0], ofDrivers[0]];
  if (browser === undefined) return { version: null, path: null, driver: null };
  const fault =
    driver === undefined
      ? 'has no chromedriver beside it'
      : `is ${browser.version}, and chromedriver ${driver.version}`;
  return { ...browser, driver: null, fault };
}

/** @param {string} version */
function majorOf(version) {
  return Number.parseInt(version, 10);
}

/** The path of Chromium, or null. */
export const chromium = () => chosenChromium().path;

/** The path of Chromium's WebDriver server, or null. */
export const chromedriver = () => chosenChromium().driver;

/** @type {ReturnType<typeof chooseChromium> | undefined} */
let chosen;

function chosenChromium() {
  const ask = (/** @type {string} */ path) => ({ path, output: capture(path, ['--version']) });
  chosen ??= chooseChromium(
    BROWSERS.flatMap(candidates).map(ask),
    candidates('chromedriver').map(ask),
  );
  return chosen;
}
