/** What a near cache keeps, without a cache around it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { NearStore } from '../../js/near/store.js';

/** What an entry takes beside its key and its value. */
const OVERHEAD = 640;

/** @param {number} [readAt] */
const entry = (readAt = 0, length = 1) => ({
  space: '',
  stored: new Uint8Array(length),
  readAt,
  expiresAt: Infinity,
});

/** @param {number} entries how many of them it holds, with keys of one character and values of one byte */
function storeFor(entries) {
  const store = new NearStore();
  store.maxBytes = entries * (OVERHEAD + 2 + 1);
  return store;
}

/**
 * @param {NearStore} store
 * @param {string} key
 * @param {ReturnType<typeof entry>} [made]
 */
const keep = (store, key, made = entry()) => store.keep(key, made, store.versionOf(key));

/** @param {NearStore} store @param {string} keys */
const kept = (store, keys) => [...keys].filter((key) => store.find('', key) !== undefined).join('');

test('what was used least recently makes room', () => {
  const store = storeFor(3);
  for (const key of 'abc') keep(store, key);
  store.find('', 'a');
  keep(store, 'd');
  assert.equal(kept(store, 'abcd'), 'acd');
  keep(store, 'e');
  assert.equal(kept(store, 'acde'), 'cde');
});

test('the order of use, whatever is kept, found, evicted and cleared', () => {
  const store = storeFor(5);
  /** Those used least recently come first. @type {string[]} */
  let expected = [];
  let random = 1;
  for (let step = 0; step < 20_000; step++) {
    random = (random * 48_271) % 0x7fffffff;
    const key = 'abcdefgh'.charAt(random % 8);
    const others = expected.filter((other) => other !== key);
    const action = (random >> 8) % 64;
    if (action < 24) {
      keep(store, key, entry(step));
      expected = [...others, key].slice(-5);
    } else if (action < 56) {
      const isKept = expected.includes(key);
      assert.equal(store.find('', key) !== undefined, isKept, `step ${step}`);
      if (isKept) expected = [...others, key];
    } else if (action < 63) {
      store.evict(key);
      expected = others;
    } else {
      store.clear();
      expected = [];
    }
  }
});

test('a large entry makes room for itself alone, and one that is too large for nothing', () => {
  const store = storeFor(3);
  for (const key of 'abc') keep(store, key);
  keep(store, 'd', entry(0, OVERHEAD));
  assert.equal(kept(store, 'abcd'), 'cd');
  keep(store, 'e', entry(0, 3 * OVERHEAD));
  assert.equal(kept(store, 'cde'), 'cd');
});

test('a key that is kept again takes its room once', () => {
  const store = storeFor(3);
  for (const key of 'abc') keep(store, key);
  for (let reads = 0; reads < 10; reads++) keep(store, 'b', entry(reads));
  assert.equal(kept(store, 'abc'), 'abc');
  for (const key of 'abc') store.remove(key);
  store.remove('a');
  for (const key of 'def') keep(store, key);
  assert.equal(kept(store, 'abcdef'), 'def');
});

test('what is too large now does not leave the value before it', () => {
  const store = storeFor(3);
  keep(store, 'a');
  keep(store, 'a', entry(1, 3 * OVERHEAD));
  assert.equal(kept(store, 'a'), '');
});

// https://github.com/redis/lettuce/issues/3481
for (const [name, evict] of /** @type {[string, (store: NearStore) => void][]} */ ([
  ['evicted', (store) => store.evict('a')],
  ['evicted twice', (store) => (store.evict('a'), store.evict('a'))],
  ['evicted with all', (store) => store.clear()],
])) {
  test(`a read that was in flight when its key was ${name} is not kept`, () => {
    const store = storeFor(3);
    keep(store, 'a');
    const version = store.versionOf('a');
    evict(store);
    store.keep('a', entry(), version);
    assert.equal(kept(store, 'a'), '');
    keep(store, 'a');
    assert.equal(kept(store, 'a'), 'a');
  });
}

test('few reads of other keys are lost with an eviction', () => {
  const store = storeFor(3);
  const keys = Array.from({ length: 1000 }, (_, index) => `user:${index}:name`);
  const before = keys.map((key) => store.versionOf(key));
  store.evict('user:7:name');
  const changed = keys.filter((key, index) => store.versionOf(key) !== before[index]);
  assert.ok(changed.includes('user:7:name'));
  assert.ok(changed.length < 10, `${changed.length} of 1000`);
});

test('an earlier read does not replace what a later one has found', () => {
  const store = storeFor(3);
  keep(store, 'a', entry(2));
  keep(store, 'a', entry(1));
  assert.equal(store.find('', 'a')?.readAt, 2);
});

test('a key that was cut out of a long text does not keep the text', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  const used = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const store = storeFor(100);
  const before = used();
  for (let index = 0; index < 20; index++) {
    const text = String(index).padEnd(1 << 20, 'text');
    keep(store, text.slice(0, 40));
    assert.ok(store.find('', text.slice(0, 40)) !== undefined);
  }
  const growth = used() - before;
  assert.ok(growth < 2 << 20, `${growth} bytes`);
});

test('a value beside its stored bytes takes room', () => {
  const store = storeFor(3);
  for (const key of 'abc') keep(store, key);
  const found = /** @type {import('../../js/near/store.js').Entry} */ (store.find('', 'c'));
  store.keepValue('c', found, 7);
  assert.equal(kept(store, 'abc'), 'abc');
  store.keepValue('c', found, 'x'.repeat(OVERHEAD / 2));
  assert.equal(kept(store, 'abc'), 'bc');
  store.keepValue('c', found, 'x'.repeat(3 * OVERHEAD));
  assert.equal(found.value, 'x'.repeat(OVERHEAD / 2));
  store.remove('c');
  store.keepValue('c', found, 'x'.repeat(OVERHEAD));
  for (const key of 'de') keep(store, key);
  assert.equal(kept(store, 'bde'), 'bde');
});

test('a read that is not to be kept is not', () => {
  const store = storeFor(3);
  store.keep('a', entry(), NaN);
  assert.equal(kept(store, 'a'), '');
});

/**
 * Keeps a key in a space.
 *
 * @param {NearStore} store @param {string} space @param {string} key
 */
const keepIn = (store, space, key) =>
  store.keep(space + key, { ...entry(), space }, store.versionOf(space + key));

/** @param {NearStore} store @param {string} space @param {string} keys */
const keptIn = (store, space, keys) =>
  [...keys].filter((key) => store.find(space, space + key) !== undefined).join('');

/** @param {NearStore} store */
function beginSpaces(store) {
  const spaces = /** @type {const} */ (['1:', '2:']);
  for (const space of spaces) store.spaces.add(space);
  return spaces;
}

test('what is kept in a space is found there alone, and ends with it', () => {
  const store = storeFor(100);
  const [first, second] = beginSpaces(store);
  for (const space of [first, second, '']) for (const key of 'ab') keepIn(store, space, key);
  // As anybody may name a key.
  assert.equal(store.find('', `${first}a`), undefined);
  store.clear(first);
  assert.deepEqual([keptIn(store, first, 'ab'), keptIn(store, second, 'ab')], ['', 'ab']);
  assert.equal(kept(store, 'ab'), 'ab');
});

test('a key is evicted in all spaces, and told of in one', () => {
  const store = storeFor(100);
  const [first, second] = beginSpaces(store);
  for (const space of [first, second, '']) for (const key of 'abc') keepIn(store, space, key);
  store.evict('a');
  store.evictEntry(`${first}b`);
  assert.deepEqual(
    [first, second, ''].map((space) => keptIn(store, space, 'abc')),
    ['c', 'bc', 'bc'],
  );
});

test('a read that was in flight when its space ended is not kept', () => {
  const store = storeFor(100);
  const [space] = beginSpaces(store);
  const version = store.versionOf(`${space}a`);
  store.clear(space);
  store.keep(`${space}a`, { ...entry(), space }, version);
  assert.equal(keptIn(store, space, 'a'), '');
});
