/** The installed package in TypeScript projects in strict mode, its own declarations checked as well. */

import assert from 'node:assert/strict';
import { appendFile, cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { projectFolder, TYPEDOC } from '../../scripts/tools/npm-project.js';
import {
  installPackage,
  root,
  run,
  TIMEOUT_MILLISECONDS,
  tool,
  wranglersEnvironment,
} from './installed.js';

const BUNDLER = { module: 'ESNext', moduleResolution: 'bundler', types: [] };
const NODE = {
  module: 'NodeNext',
  types: ['node'],
  typeRoots: [join(root, 'node_modules', '@types')],
};

/** TypeScript 7 has no moduleResolution 'node' any more: this one is that of are-the-types-wrong. */
function olderCompiler() {
  const checker = createRequire(import.meta.url).resolve('@arethetypeswrong/core/package.json');
  return join(dirname(createRequire(checker).resolve('typescript')), '..', 'bin', 'tsc');
}

function compilerOf5_9() {
  return join(projectFolder(TYPEDOC), 'node_modules', '.bin', 'tsc');
}

/** What the Worker is bound to beside the pool. */
const BINDINGS = `
[[services]]
binding = "BACKEND"
service = "backend"

[vars]
REDIS_URL = "redis://127.0.0.1:6379/0"
`;

describe('the installed package in TypeScript', () => {
  /** @type {import('./installed.js').Installed} */
  let installed;

  before(async () => {
    installed = await installPackage('typescript');
  });
  after(() => installed?.remove());

  /**
   * @param {string[]} files
   * @param {object} options of the compiler
   * @param {string} [compiler]
   */
  async function compile(files, options, compiler = tool('tsc')) {
    const project = join(installed.folder, 'project.json');
    const config = { extends: './tsconfig.json', files, compilerOptions: options };
    await writeFile(project, JSON.stringify(config));
    await run(compiler, ['--project', project, '--pretty', 'false']).catch(({ stdout }) =>
      assert.fail(stdout),
    );
  }

  test('for a bundler and browsers', () =>
    compile(['importer.ts', 'slim.ts', 'lite.ts'], {
      ...BUNDLER,
      lib: ['ESNext', 'DOM'],
      exactOptionalPropertyTypes: true,
    }));

  test('for Node, without the types of browsers', () =>
    compile(['importer.ts'], { ...NODE, lib: ['ESNext'] }));

  for (const moduleResolution of ['bundler', 'NodeNext']) {
    const module = moduleResolution === 'bundler' ? 'ESNext' : moduleResolution;
    test(`with the library of ES2024 alone, moduleResolution ${moduleResolution}`, () =>
      compile(['plain.ts'], {
        module,
        moduleResolution,
        target: 'ES2024',
        lib: ['ES2024'],
        types: [],
      }));
  }

  test('for Node, with the library of ES2024', () =>
    compile(['importer.ts'], { ...NODE, target: 'ES2024', lib: ['ES2024'] }));

  test("with moduleResolution 'node', which knows no exports", () =>
    compile(
      ['importer.ts', 'subpath.ts'],
      { ...NODE, module: 'ESNext', moduleResolution: 'node10' },
      olderCompiler(),
    ));

  test('for Node, with all types', () => compile(['importer.ts', 'slim.ts', 'lite.ts'], NODE));

  test('each adapter, with the types of its package', async () => {
    const modules = join(installed.folder, 'node_modules');
    for (const name of Object.keys(installed.manifest.peerDependencies)) {
      await mkdir(dirname(join(modules, name)), { recursive: true });
      await symlink(join(root, 'node_modules', name), join(modules, name));
    }
    await compile(['adapters.ts'], {
      ...BUNDLER,
      lib: ['ESNext', 'DOM', 'DOM.Iterable'],
      skipLibCheck: true,
    });
  });

  const compilers = { 'TypeScript 7': tool('tsc'), 'TypeScript 5.9': compilerOf5_9() };
  for (const [name, compiler] of Object.entries(compilers)) {
    test(`exactly as documented, by ${name}`, () =>
      compile(['expectations.ts', 'importer.ts'], { ...NODE, lib: ['ESNext'] }, compiler));
  }

  test('for a Worker, with the types that wrangler makes', async () => {
    const wranglerToml = join(installed.folder, 'wrangler.toml');
    await cp(new URL('programs/wrangler.toml', import.meta.url), wranglerToml);
    await appendFile(wranglerToml, BINDINGS);
    await run(tool('wrangler'), ['types'], {
      cwd: installed.folder,
      env: wranglersEnvironment(installed),
      timeout: TIMEOUT_MILLISECONDS,
    });
    await compile(['worker.ts', 'worker-configuration.d.ts'], { ...BUNDLER, lib: ['ESNext'] });
  });
});
