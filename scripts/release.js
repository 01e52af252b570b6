/**
 * `npm run release -- npm|crates|jsr [--dry-run]`: builds, and publishes to one registry what is tagged. In CI, by
 * .github/workflows/release.yml, which has the right to and lets npm sign where the package was built.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './build.js';
import { npmProgram, root } from './lib/paths.js';
import { capture, stream } from './lib/process.js';
import { runMain } from './setup.js';

/** @type {Record<string, (dryRun: string[]) => [command: string, args: string[]]>} */
const registries = {
  npm: (dryRun) => ['npm', ['publish', '--provenance', '--access', 'public', ...dryRun]],
  crates: (dryRun) => ['cargo', ['publish', '--workspace', '--locked', ...dryRun]],
  jsr: (dryRun) => [npmProgram('deno'), ['publish', '--allow-dirty', ...dryRun]],
};

await runMain(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { 'dry-run': { type: 'boolean', default: false } },
  });
  const [name = ''] = positionals;
  const publish = registries[name];
  if (publish === undefined) {
    throw new Error(`where to? There are ${Object.keys(registries).join(', ')}`);
  }
  const isTrial = values['dry-run'];
  requireOneVersion(
    isTrial ? null : (capture('git', ['describe', '--exact-match', '--tags']) ?? ''),
  );
  if (name !== 'crates') await build();
  const output = (/** @type {string} */ text) => process.stdout.write(text);
  const status = await stream(...publish(isTrial ? ['--dry-run'] : []), output);
  if (status !== 0) throw new Error(`publishing to ${name} failed (${status})`);
});

/**
 * @param {string | null} tag null: none is asked for
 * @throws {Error} when the manifests, or the tag, name different versions
 */
function requireOneVersion(tag) {
  const read = (/** @type {string} */ file) => readFileSync(join(root, file), 'utf8');
  const versions = {
    'package.json': JSON.parse(read('package.json')).version,
    'jsr.json': JSON.parse(read('jsr.json')).version,
    'Cargo.toml': /^version = "(.+)"$/m.exec(read('Cargo.toml'))?.[1],
    ...(tag === null ? {} : { 'the tag of this commit': tag.replace(/^v/, '') }),
  };
  if (new Set(Object.values(versions)).size === 1) return;
  const list = Object.entries(versions).map(([file, version]) => `${file}: ${version || 'none'}`);
  throw new Error(`there is more than one version (${list.join(', ')})`);
}
