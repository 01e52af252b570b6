/** Which of Debian's packages are installed, and when the lists are brought up to date. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parsePolicies, planApt } from '../../scripts/tools/apt.js';
import { isAtLeast, upstreamVersion } from '../../scripts/tools/versions.js';
import { recorded } from './recorded.js';

const stale = parsePolicies(recorded('apt-policy-stale'));
const fresh = parsePolicies(recorded('apt-policy-fresh'));
const compiler = [
  { name: 'rustc-web', least: '1.90' },
  { name: 'rust-web-src', least: '1.90' },
];
const installCompiler = { action: 'install', names: ['rustc-web', 'rust-web-src'] };

/** The fresh lists, where a package is installed in a version. */
const withInstalled = (/** @type {Record<string, string>} */ versions) =>
  new Map(
    [...fresh].map(([name, policy]) => [name, { ...policy, installed: versions[name] ?? null }]),
  );

test('what apt-cache policy prints is read', () => {
  assert.deepEqual(stale.get('rustc-web'), {
    installed: null,
    candidate: '1.85.0+dfsg3-1~deb12u3',
  });
  assert.equal(fresh.get('redis-server')?.candidate, '5:7.0.15-1~deb12u10');
  assert.equal(fresh.get('python3')?.installed, '3.11.2-1+b1');
  assert.equal(parsePolicies('').size, 0);
});

describe('the plan', () => {
  test('brings lists up to date that offer too old a compiler, even if they are of today', () => {
    for (const lists of /** @type {const} */ (['old', 'fresh'])) {
      assert.deepEqual(planApt(compiler, stale, lists), { action: 'refresh' });
    }
  });

  test('brings lists of another day up to date before anything is installed', () => {
    assert.deepEqual(planApt(compiler, fresh, 'old'), { action: 'refresh' });
  });

  test('installs what the lists offer when it is new enough', () => {
    assert.deepEqual(planApt(compiler, fresh, 'fresh'), installCompiler);
    assert.deepEqual(planApt(compiler, fresh, 'refreshed'), installCompiler);
  });

  test('upgrades what is installed and too old', () => {
    const old = { 'rustc-web': '1.85.0+dfsg3-1~deb12u3', 'rust-web-src': '1.85.0+dfsg3-1~deb12u3' };
    assert.deepEqual(planApt(compiler, withInstalled(old), 'fresh'), installCompiler);
  });

  test('leaves alone what is installed and new enough, whatever the lists say', () => {
    const now = { 'rustc-web': '1.96.0+dfsg1-1~deb12u2', 'rust-web-src': '1.96.0+dfsg1-1~deb12u2' };
    assert.deepEqual(planApt(compiler, withInstalled(now), 'old'), { action: 'none' });
  });

  test('says what is offered and what is needed when the archive itself has nothing newer', () => {
    assert.deepEqual(planApt(compiler, stale, 'refreshed'), {
      action: 'tell',
      message: 'apt offers rustc-web 1.85.0+dfsg3-1~deb12u3, and 1.90 or newer is needed.',
    });
    const unknown = { name: 'chromium-driver', otherWay: 'Install the one of your browser.' };
    assert.deepEqual(planApt([unknown], new Map(), 'refreshed'), {
      action: 'tell',
      message: 'apt knows no package chromium-driver. Install the one of your browser.',
    });
  });

  test('brings lists up to date that know no package, as those of a slim image', () => {
    assert.deepEqual(planApt(compiler, new Map(), 'fresh'), { action: 'refresh' });
  });
});

describe("Debian's versions", () => {
  test('are compared by their upstream part', () => {
    assert.equal(upstreamVersion('5:7.0.15-1~deb12u10'), '7.0.15');
    assert.equal(upstreamVersion('1.96.0+dfsg1-1~deb12u2'), '1.96.0');
    assert.equal(upstreamVersion('156.0.8078.108-1~deb12u1'), '156.0.8078.108');
    assert.equal(upstreamVersion('1.90.0~beta.3+dfsg1-1'), '1.90.0~beta');
  });

  test('are ordered by numbers', () => {
    assert.ok(isAtLeast('1.100.0', '1.90'));
    assert.ok(isAtLeast('1.90', '1.90.0'));
    assert.ok(isAtLeast('3.11.7', '3.11'));
    assert.ok(!isAtLeast('1.89.9', '1.90'));
    assert.ok(!isAtLeast('5.0.14', '6.2'));
    assert.ok(!isAtLeast('1.90.0~beta', '1.90'), 'what stands behind ~ comes before the release');
  });
});
