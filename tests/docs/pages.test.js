/** What the documents promise to hold. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/lib/paths.js';
import { filesUnder } from '../../scripts/lib/stamp.js';

const read = (/** @type {string} */ path) => readFileSync(join(root, path), 'utf8');

/** Words in capitals that are quoted in the source, and are no codes of errors. */
const NO_CODES = /^(UNREACHABLE|UNREADABLE_CLASS|ERR_REDIS_SERVER_ERROR)$/;

test('README has 200 lines at most', () => {
  assert.ok(read('README.md').split('\n').length <= 200);
});

test('every code of an error has a type, and advice in docs/errors.md', () => {
  const typed = [...read('js/errors/codes.d.ts').matchAll(/'([A-Z_]+)'/g)].map(([, code]) => code);
  const documented = [...read('docs/errors.md').matchAll(/`([A-Z][A-Z_]+)`/g)].map(
    ([, code]) => code,
  );
  assert.deepEqual([...new Set(typed)].toSorted(), [...new Set(documented)].toSorted());
  const thrown = filesUnder('js')
    .filter((path) => path.endsWith('.js') && !path.startsWith('js/testing/'))
    .flatMap((path) => [...read(path).matchAll(/Error\(\s*'([A-Z_]+)',/g)].map(([, code]) => code));
  assert.ok(thrown.length > 20);
  for (const code of thrown) assert.ok(NO_CODES.test(code ?? '') || typed.includes(code), code);
});

test('every adapter has a README of 20 lines at most, and a line in docs/adapters.md', () => {
  const { exports } = JSON.parse(read('package.json'));
  const names = Object.keys(exports).filter((name) => name.startsWith('./adapters/'));
  assert.ok(names.length >= 9);
  for (const name of names) {
    assert.ok(read(`js/${name.slice(2)}/README.md`).split('\n').length <= 20, name);
    assert.ok(read('docs/adapters.md').includes(`cachelib-edge${name.slice(1)}`), name);
  }
});

test('every link to a file of the project leads there, and to a heading that it has', () => {
  const folders = ['docs', 'examples', 'js/adapters', 'crates/serializer/README.md'];
  const files = [...readdirSync(root), ...folders.flatMap(filesUnder)];
  const pages = files.filter((path) => path.endsWith('.md') && !path.includes('node_modules'));
  const links = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].map(
      ([, path, anchor]) => ({
        page,
        target: path ? join(dirname(page), path) : page,
        anchor,
      }),
    ),
  );
  assert.ok(links.length > 50, `${links.length} links`);
  for (const { page, target, anchor } of links) {
    assert.ok(existsSync(join(root, target)), `${page}: ${target}`);
    if (anchor !== undefined) {
      assert.ok(anchorsOf(target).includes(anchor), `${page}: ${target}#${anchor}`);
    }
  }
});

/** The anchors of a page's headings, as GitHub makes them. @param {string} page */
function anchorsOf(page) {
  return [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
