/** The tools of the project's commands: what each is, the version that serves, how it is installed, what to tell where it cannot be. */

import { exact, needs } from './versions.js';

/**
 * @typedef {import('./decide.js').Tool} Tool
 * @typedef {import('./decide.js').Platform} Platform
 * @typedef {'rust' | 'rust-lints' | 'cc' | 'crates' | 'wasm-target' | 'wasm-bindgen'
 *   | 'wasm-bindgen-cli' | 'wasm-pack' | 'cargo-deny' | 'npm-program' | 'npm'
 *   | 'redis' | 'chromium' | 'runtimes' | 'typedoc' | 'python3' | 'python'} ToolName
 */

/** The tools of `npm start`. Those that only their installation takes come with them. */
export const forStart = /** @type {const} */ ([
  'rust',
  'npm',
  'wasm-target',
  'wasm-bindgen',
  'redis',
  'python',
]);

/** What `npm test` uses besides. */
export const forTests = /** @type {const} */ ([
  'rust-lints',
  'wasm-bindgen-cli',
  'wasm-pack',
  'chromium',
  'runtimes',
  'typedoc',
]);

/**
 * The words for the package manager of this machine, or those for any.
 * @param {Platform} platform
 * @param {Partial<Record<'brew' | 'apk' | 'dnf', string>>} commands
 * @param {string} otherwise
 */
function by({ manager }, commands, otherwise) {
  const command = manager === null || manager === 'apt' ? undefined : commands[manager];
  return command === undefined ? otherwise : `Run \`${command}\`, then this again.`;
}

/**
 * The table, for a machine.
 * @param {Platform} platform
 * @returns {Record<ToolName, Tool>}
 */
export function toolsFor(platform) {
  return {
    ...rustTools(platform),
    ...cargoTools(),
    ...npmTools(),
    ...programs(platform),
    ...pythonTools(platform),
  };
}

/**
 * A tool with what most have.
 * @param {Partial<Tool> & { title: string, advice: string }} tool
 * @returns {Tool}
 */
function define(tool) {
  return { expected: 'about 20 seconds', need: {}, after: [], apt: [], isOwn: false, ...tool };
}

/** @param {Platform} platform */
function rustTools(platform) {
  const { rustupMayInstall } = platform;
  return {
    rust: define({
      title: 'Rust (rustc and cargo)',
      need: { least: needs.rust },
      advice: rustupMayInstall
        ? 'Run `rustup update stable`, then this again.'
        : 'Install it with rustup: https://rustup.rs',
    }),
    'rust-lints': define({
      title: 'rustfmt and clippy',
      after: ['rust'],
      isOwn: rustupMayInstall,
      advice: 'Run `rustup component add rustfmt clippy`, then this again.',
    }),
    cc: define({
      title: 'A C compiler (cc, by which Rust links)',
      apt: ['gcc', 'libc6-dev'],
      advice: by(
        platform,
        { brew: 'xcode-select --install', apk: 'apk add build-base', dnf: 'dnf install gcc' },
        'Install gcc or clang.',
      ),
    }),
    crates: define({
      title: 'The crates of Cargo.lock',
      expected: 'a few seconds',
      after: ['rust'],
      isOwn: true,
      advice: 'Run `cargo fetch --locked`.',
    }),
    'wasm-target': define({
      title: 'Rust for wasm32-unknown-unknown',
      expected: 'about a minute',
      need: { least: needs.rust },
      after: ['rust', 'crates'],
      apt: rustupMayInstall ? [] : ['rustc-web', 'rust-web-src'],
      isOwn: true,
      advice:
        'Let rustup install it: `rustup target add wasm32-unknown-unknown`, with RUSTUP_AUTO_INSTALL unset or 1.',
    }),
  };
}

function cargoTools() {
  return {
    'wasm-bindgen': define({
      title: 'wasm-bindgen',
      expected: 'about a minute',
      need: { exactly: exact.wasmBindgen },
      after: ['rust', 'cc'],
      isOwn: true,
      advice: 'Run `node scripts/setup.js wasm-bindgen`.',
    }),
    'wasm-bindgen-cli': define({
      title: "wasm-bindgen's test runner",
      expected: 'about 4 minutes',
      need: { exactly: exact.wasmBindgen },
      after: ['rust', 'cc'],
      isOwn: true,
      advice: 'Run `node scripts/setup.js wasm-bindgen-cli`.',
    }),
    'wasm-pack': define({
      title: 'wasm-pack',
      expected: 'about 3 minutes',
      need: { exactly: exact.wasmPack },
      after: ['rust', 'cc'],
      isOwn: true,
      advice: 'Run `node scripts/setup.js wasm-pack`.',
    }),
    'cargo-deny': define({
      title: 'cargo-deny',
      expected: 'about 5 minutes',
      need: { exactly: exact.cargoDeny },
      after: ['rust', 'cc'],
      isOwn: true,
      advice: 'Run `node scripts/setup.js cargo-deny`.',
    }),
  };
}

function npmTools() {
  return {
    'npm-program': define({
      title: 'npm',
      need: { least: needs.npm },
      advice: 'Run `npm install --global npm@11`, then this again.',
    }),
    npm: define({
      title: 'The packages of package-lock.json',
      after: ['npm-program'],
      isOwn: true,
      advice: 'Run `npm install`.',
    }),
    runtimes: define({
      title: 'Node 20.0 to 26, Deno 2.0 and Bun 1.1',
      after: ['npm-program'],
      isOwn: true,
      advice: 'Run `node scripts/setup.js runtimes`.',
    }),
    typedoc: define({
      title: 'TypeDoc and TypeScript 5.9',
      after: ['npm-program'],
      isOwn: true,
      advice: 'Run `node scripts/setup.js typedoc`.',
    }),
  };
}

/** @param {Platform} platform */
function programs(platform) {
  return {
    redis: define({
      title: 'redis-server',
      need: { least: needs.redis },
      apt: ['redis-server'],
      advice: by(
        platform,
        { brew: 'brew install redis', apk: 'apk add redis', dnf: 'dnf install redis' },
        `Install Redis ${needs.redis} or newer: https://redis.io/docs/latest/operate/`,
      ),
    }),
    chromium: define({
      title: 'Chromium with chromedriver',
      apt: ['chromium', 'chromium-driver', 'fonts-liberation'],
      advice: by(
        platform,
        {
          brew: 'brew install --cask google-chrome chromedriver',
          apk: 'apk add chromium chromium-chromedriver',
          dnf: 'dnf install chromium chromedriver',
        },
        'Install Chromium or Chrome, and the chromedriver of the same version.',
      ),
    }),
  };
}

/** @param {Platform} platform */
function pythonTools(platform) {
  return {
    python3: define({
      title: 'Python with venv and pip',
      need: { least: needs.python },
      apt: ['python3', 'python3-venv'],
      advice: by(
        platform,
        {
          brew: `brew install python@${needs.python}`,
          apk: 'apk add python3 py3-pip',
          dnf: 'dnf install python3 python3-pip',
        },
        `Install Python ${needs.python} or newer: https://www.python.org/downloads/`,
      ),
    }),
    python: define({
      title: "Python's cachelib",
      after: ['python3'],
      isOwn: true,
      advice: 'Run `node scripts/setup.js python`.',
    }),
  };
}
