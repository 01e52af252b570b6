/**
 * The chaos test's own checks find what they are for.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Ledger } from './ledger.js';
import { Monitor } from './monitor.js';
import { Random } from './random.js';
import { TrackedKey } from './tracked-key.js';

describe('a key', () => {
  const random = new Random('values');

  /** A key to which two values were written. */
  const writtenTwice = () => {
    const key = new TrackedKey('key');
    const values = [key.nextValue(random), key.nextValue(random)];
    for (const { number } of values) key.happened(number);
    return { key, older: values[0], newer: values[1] };
  };

  test('takes the value that was written last, and no other', () => {
    const { key, older, newer } = writtenTwice();
    assert.equal(key.read(newer), null);
    assert.equal(key.read(older), 'overwritten by an older one');
    assert.equal(key.read({ ...newer, number: 9, padding: 'j' }), 'never written');
    assert.equal(key.read(null), 'lost');
  });

  test("does not take another's value, or a part of its own", () => {
    const { key, newer } = writtenTwice();
    assert.equal(key.read({ ...newer, key: 'another' }), 'crossed');
    assert.equal(key.read(7), 'crossed');
    assert.equal(key.read({ ...newer, padding: `${newer.padding}?` }), 'damaged');
  });

  test('exists from its write to its deletion', () => {
    const { key } = writtenTwice();
    assert.equal(key.existed(true), null);
    assert.equal(key.existed(false), 'said not to exist');
    key.happened(1);
    key.deleted();
    assert.equal(key.existed(true), 'said to exist');
    assert.equal(key.read(null), null);
  });

  test('takes what a failed call may have left', () => {
    const { key, newer } = writtenTwice();
    const failed = key.nextValue(random);
    key.failed(failed.number);
    assert.ok(key.isUncertain);
    for (const value of [newer, failed, newer]) assert.equal(key.read(value), null);
    key.deletionFailed();
    assert.equal(key.read(null), null);
  });
});

describe('a counter', () => {
  test('is within what was acknowledged and what may have happened', () => {
    const ledger = new Ledger('owner');
    const counter = ledger.counter(0);
    for (const outcome of [
      { value: 1 },
      { error: { code: 'TIMEOUT' } },
      { error: { code: 'OOM' } },
    ]) {
      ledger.begin(counter);
      assert.equal(ledger.end(counter, outcome), null);
    }
    ledger.begin(counter);
    const [[bounds], others] = ledger.bounds();
    assert.deepEqual(bounds, { name: 'owner:counter:0', least: 1, most: 3 });
    assert.deepEqual(others, []);
  });

  test('gives no number twice', () => {
    const ledger = new Ledger('owner');
    const counter = ledger.counter(0);
    ledger.begin(counter);
    ledger.begin(counter);
    assert.equal(ledger.end(counter, { value: 5 }), null);
    assert.equal(ledger.end(counter, { value: 5 }), 'counted twice');
  });
});

/** That of a process that is never late. */
const NO_LAG = { since: () => 0, stop() {} };

describe('a call', () => {
  /** @param {(monitor: Monitor) => Promise<void>} use @param {Monitor} monitor */
  const withMonitor = (use, monitor = new Monitor(NO_LAG)) =>
    use(monitor).finally(() => monitor.stop());

  test('is late when it ends long after its time', () =>
    withMonitor(async (monitor) => {
      const { value, late } = await monitor.watch(sleep(700, 'answer'), 100);
      assert.equal(value, 'answer');
      assert.ok(late > 250, `${late} ms`);
    }));

  test('is late when it goes on after its signal was aborted', () =>
    withMonitor(async (monitor) => {
      const signal = AbortSignal.timeout(50);
      const { late } = await monitor.watch(sleep(700), 10_000, signal);
      assert.ok(late > 250, `${late} ms`);
    }));

  test('is not late when its process was', () =>
    withMonitor(async (monitor) => {
      const call = monitor.watch(sleep(100), 50);
      const end = performance.now() + 700;
      while (performance.now() < end);
      const { late } = await call;
      assert.ok(late < 250, `${late} ms`);
    }, new Monitor()));

  test('keeps the error that it ends with', () =>
    withMonitor(async (monitor) => {
      const failure = new Error('lost');
      const { error, late } = await monitor.watch(Promise.reject(failure), 1000);
      assert.equal(error, failure);
      assert.equal(late, 0);
    }));

  test('hangs when it does not end', () =>
    withMonitor(async (monitor) => {
      const { hung } = await monitor.watch(new Promise(() => {}), 0);
      assert.equal(hung, true);
    }));
});
