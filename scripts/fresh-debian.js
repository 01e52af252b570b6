/**
 * Runs the project's two commands on a fresh Debian, made in a folder: by hand, as root, on a Debian or Ubuntu that has debootstrap.
 *
 *     node scripts/fresh-debian.js [--folder FOLDER] [--base FOLDER] [--lists FOLDER] [--only start|test] [--keep]
 *
 * The new machine has what the README asks for and nothing else: Rust (this machine's toolchain), Node (this machine's),
 * Debian's Python, git. Its apt lists are stale: of Debian's release alone, without the updates that the archive has had since, and a
 * month old; or those in the folder that --lists names. --base names a folder that debootstrap has filled before: it is copied.
 */

import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './lib/paths.js';
import { capture, run, stream } from './lib/process.js';
import { duration, step } from './lib/progress.js';
import { runMain } from './setup.js';

const SUITE = 'bookworm';
/** What README asks for beside Rust and Node, and what fetches over https. */
const PACKAGES = ['ca-certificates', 'python3', 'git'];
/** For one of the two commands, on a slow machine. */
const LIMIT_MS = 3 * 60 * 60_000;
const MONTH_MS = 30 * 24 * 60 * 60_000;
/** Where the checkout is on the new machine. */
const CHECKOUT = '/root/cachelib-edge';
const COMMANDS = { start: ['npm', 'start', '--', '--once'], test: ['npm', 'test'] };

/** Settings by which this machine reaches the registries: a private authority, a proxy. */
const NETWORK_SETTINGS =
  /^(NODE_EXTRA_CA_CERTS|PIP_CERT|SSL_CERT_(FILE|DIR)|CARGO_HTTP_\w+|CURL_CA_BUNDLE|REQUESTS_CA_BUNDLE|RUSTUP_AUTO_INSTALL|(https?|no|all)_proxy|npm_config_registry|PIP_INDEX_URL)$/i;

/** Files of this machine by which it reaches them. */
const NETWORK_FILES = ['/etc/resolv.conf', '/etc/hosts', '/etc/ssl/certs', '/etc/pip.conf'];

/** What `mountSystem` has mounted: nothing else may be, when the folder is removed. @type {string[]} */
const mounted = [];

await runMain(async () => {
  const { values } = parseArgs({
    options: {
      folder: { type: 'string' },
      base: { type: 'string' },
      lists: { type: 'string' },
      only: { type: 'string' },
      keep: { type: 'boolean', default: false },
    },
  });
  if (process.getuid?.() !== 0) throw new Error('debootstrap and chroot need root');
  const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'fresh-debian-'));
  const names = values.only === undefined ? Object.keys(COMMANDS) : [values.only];
  if (!names.every((name) => name in COMMANDS)) {
    throw new Error(`--only takes ${Object.keys(COMMANDS).join(' or ')}`);
  }
  try {
    await step('Making a fresh Debian', 'about a minute', () => makeMachine(folder, values.base));
    await step('Making its apt lists stale', 'a few seconds', () =>
      makeStale(folder, values.lists),
    );
    for (const name of names) {
      await runCommand(folder, COMMANDS[/** @type {keyof typeof COMMANDS} */ (name)]);
    }
  } finally {
    unmountAll();
    if (!values.keep) rmSync(folder, { recursive: true, force: true });
  }
});

/**
 * @param {string} folder
 * @param {string | undefined} base
 */
async function makeMachine(folder, base) {
  const include = `--include=${PACKAGES.join(',')}`;
  if (base !== undefined) await run('cp', ['-a', base, folder]);
  else await run('debootstrap', [include, '--variant=minbase', SUITE, folder]);
  // Where nothing is booted, no service is to be started.
  writeFileSync(join(folder, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  for (const path of NETWORK_FILES.filter((each) => existsSync(each))) {
    // Links in there may lead out of the folder.
    await run('cp', ['-rL', '--remove-destination', path, join(folder, dirname(path))]);
  }
  for (const path of ['.npmrc', '.cargo/config.toml', '.config/pip/pip.conf']) {
    const from = join(homedir(), path);
    if (existsSync(from)) cpSync(from, join(folder, 'root', path), { recursive: true });
  }
  mountSystem(folder);
  copyNode(folder);
  copyRust(folder);
  // What git knows of, and nothing that was built here.
  mkdirSync(join(folder, CHECKOUT), { recursive: true });
  const files = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard']);
  for (const path of files
    .split('\0')
    .filter((each) => existsSync(join(root, each)) && each !== '')) {
    cpSync(join(root, path), join(folder, CHECKOUT, path), { recursive: true });
  }
}

/** @param {string} folder */
function mountSystem(folder) {
  mount(['-t', 'proc', 'proc'], join(folder, 'proc'));
  mount(['-t', 'sysfs', '-o', 'ro', 'sysfs'], join(folder, 'sys'));
  // debootstrap has made the devices; Chromium wants shared memory too.
  mount(['-t', 'tmpfs', 'tmpfs'], join(folder, 'dev', 'shm'));
}

/**
 * @param {string[]} what
 * @param {string} where
 */
function mount(what, where) {
  mkdirSync(where, { recursive: true });
  const { status, stderr } = spawnSync('mount', [...what, where], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${where} cannot be mounted: ${stderr.trim()}`);
  mounted.push(where);
}

/** @throws {Error} when something is still mounted in the folder, which is then not to be removed */
function unmountAll() {
  for (const path of mounted.splice(0).reverse()) {
    const { status, stderr } = spawnSync('umount', [path], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${path} is still in use: ${stderr.trim()}`);
  }
}

/**
 * Node and npm, as an installer lays them out.
 * @param {string} folder
 */
function copyNode(folder) {
  const bin = join(folder, 'usr', 'local', 'bin');
  cpSync(realpathSync(process.execPath), join(bin, 'node'));
  const npm = dirname(dirname(realpathSync(capture('which', ['npm']) ?? '')));
  const target = join(folder, 'usr', 'local', 'lib', 'node_modules', 'npm');
  cpSync(npm, target, { recursive: true, dereference: true });
  for (const name of ['npm', 'npx']) {
    const script = `#!/bin/sh\nexec node /usr/local/lib/node_modules/npm/bin/${name}-cli.js "$@"\n`;
    writeFileSync(join(bin, name), script, { mode: 0o755 });
  }
}

/**
 * The toolchain that is in use here, as rustup lays it out; the registry of crates is not copied.
 * @param {string} folder
 */
function copyRust(folder) {
  const toolchain = capture('rustc', ['--print', 'sysroot']) ?? '';
  const rustup = dirname(dirname(toolchain));
  const cargo = join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'bin');
  const target = join(folder, 'root', '.rustup');
  mkdirSync(join(target, 'toolchains'), { recursive: true });
  spawnSync('cp', ['-a', toolchain, join(target, 'toolchains')]);
  cpSync(join(rustup, 'settings.toml'), join(target, 'settings.toml'));
  mkdirSync(join(folder, 'root', '.cargo', 'bin'), { recursive: true });
  for (const name of [
    'rustup',
    'rustc',
    'cargo',
    'rustdoc',
    'cargo-fmt',
    'rustfmt',
    'cargo-clippy',
  ]) {
    if (!existsSync(join(cargo, name))) continue;
    spawnSync('cp', [
      '-a',
      '--dereference',
      join(cargo, name),
      join(folder, 'root', '.cargo', 'bin'),
    ]);
  }
}

/**
 * @param {string} folder
 * @param {string | undefined} given
 */
async function makeStale(folder, given) {
  const lists = join(folder, 'var', 'lib', 'apt', 'lists');
  const sources = join(folder, 'etc', 'apt', 'sources.list');
  // The archive that debootstrap took: its other parts are beside it.
  const release = readFileSync(sources, 'utf8');
  const archive = /^deb (\S+)\/debian\/? /m.exec(release)?.[1];
  if (archive === undefined) throw new Error(`debootstrap wrote no usual source:\n${release}`);
  if (given === undefined) await inside(folder, ['apt-get', 'update']);
  else {
    rmSync(lists, { recursive: true, force: true });
    cpSync(given, lists, { recursive: true });
  }
  writeFileSync(
    sources,
    `${release}deb ${archive}/debian ${SUITE}-updates main\ndeb ${archive}/debian-security ${SUITE}-security main\n`,
  );
  mkdirSync(join(lists, 'partial'), { recursive: true });
  const old = new Date(Date.now() - MONTH_MS);
  for (const name of readdirSync(lists)) utimesSync(join(lists, name), old, old);
  console.log(await inside(folder, ['apt-cache', 'policy', 'rustc-web']));
}

/**
 * @param {string} folder
 * @param {string[]} command
 */
async function runCommand(folder, command) {
  const start = Date.now();
  console.log(`\n$ ${command.join(' ')}`);
  const output = (/** @type {string} */ text) => process.stdout.write(text);
  const status = await stream(...inChroot(folder, command), output, {
    cwd: '/',
    limitMs: LIMIT_MS,
  });
  console.log(`\n${command.join(' ')} ended with ${status} after ${duration(start)}`);
  if (status !== 0) throw new Error(`\`${command.join(' ')}\` fails on a fresh Debian`);
}

/**
 * @param {string} folder
 * @param {string[]} command
 */
function inside(folder, command) {
  return run(...inChroot(folder, command), { cwd: '/' });
}

/**
 * @param {string} folder
 * @param {string[]} command
 * @returns {[string, string[]]}
 */
function inChroot(folder, command) {
  const network = Object.entries(process.env).filter(([name]) => NETWORK_SETTINGS.test(name));
  const settings = [
    'HOME=/root',
    'LANG=C.UTF-8',
    'PATH=/root/.cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ...network.map(([name, value]) => `${name}=${value}`),
  ];
  const script = `cd ${CHECKOUT} && exec "$@"`;
  return ['env', ['-i', ...settings, 'chroot', folder, 'sh', '-c', script, 'sh', ...command]];
}
