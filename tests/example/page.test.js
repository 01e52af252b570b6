/** The example's page, in headless Chromium, by the Worker in workerd, over a real Redis beside Python's cachelib. */

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openBrowser } from '../../scripts/start/browser.js';
import { startExample } from '../../scripts/start/example.js';
import { startRedis } from '../support/redis.js';
import { VisitedPage } from './visited-page.js';

delete process.env.REDIS_URL;

describe('the example page', () => {
  /** @type {import('../../scripts/start/example.js').Example} */
  let example;
  /** @type {import('playwright-core').Browser} */
  let browser;
  /** @type {VisitedPage} */
  let page;

  before(async () => {
    example = await startExample({});
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await example?.stop();
  });

  beforeEach(async () => {
    await fetch(`${example.url}/api/keys`, { method: 'DELETE' });
    await demo();
    page = await VisitedPage.open(browser, example.url);
  });
  afterEach(() => page.close());

  const demo = () => example.peer.ask('demo', { timeout: 60 });
  /** @param {string} key @param {string} source */
  const pythonReads = (key, source) => example.peer.ask('read', { key, source });

  test('shows what Python wrote, how it is stored, and what it is in the Worker', async () => {
    const rows = await page.locator('#python tbody tr').allInnerTexts();
    const text = rows.map((row) => row.replace(/\s+/g, ' ')).join('\n');
    assert.match(
      text,
      /^python:greeting 'Grüße aus Python' pickle, protocol 5, 34 bytes 21 80 05 95 16 .*"Grüße aus Python" string$/m,
    );
    assert.match(text, /^python:visits 1041 digits, 4 bytes 31 30 34 31 1041 number$/m);
    assert.match(text, /^python:order .* \{ id: 17, lines: \[\["espresso", 2\],/m);
    assert.match(text, /^python:opened .* Date 2026-01-31T08:30:00\.000Z Date$/m);
    assert.match(text, /^python:magic .* Uint8Array \[137, 80, 78, 71, 13, 10\] Uint8Array$/m);
    assert.match(
      await page.text('#python .by'),
      /^Python 3\.\d+\.\d+ with cachelib 0\.17\.0 stored/,
    );
  });

  test('shows markup in values as text', async () => {
    const injected = '<img src=x onerror="document.title=1">&amp;';
    assert.equal(await page.locator('#python b').count(), 0);
    await page.set({ key: injected, text: injected });
    assert.equal(await page.text('.entries .name'), injected);
    assert.equal(await page.text('.entries .text'), JSON.stringify(injected));
    assert.equal(await page.locator('main img').count(), 0);
  });

  test('sets a value, and Python reads it', async () => {
    await page.set({ key: 'greeting', text: 'hello', timeout: '30' });
    assert.equal(await page.text('.outcome'), 'greeting is set.');
    assert.equal(await page.text('.entries .text'), '"hello"');
    assert.equal(await page.text('.entries .form'), 'pickle, protocol 5, 21 B');
    assert.match(
      await page.text('.calls li'),
      /cache\.set\("greeting", "hello", 30\)\s+true\s+.*ms/,
    );
    const { equal, stored, as_python_stores: expected } = await pythonReads('greeting', "'hello'");
    assert.ok(equal);
    assert.equal(stored, expected);
  });

  test('sets every kind of value', async () => {
    const kinds = [
      ['number', '2.5', '2.5', '2.5'],
      ['number', '9007199254740993', '9007199254740993n', '9007199254740993'],
      ['json', '{"a":[1,null]}', '{ a: [1, null] }', "{'a': [1, None]}"],
      ['date', '2026-01-31T12:00:00Z', 'Date 2026-01-31T12:00:00.000Z', AWARE],
      ['bytes', '00 ff', 'Uint8Array [0, 255]', "b'\\x00\\xff'"],
    ];
    for (const [kind, text, shown, source] of kinds) {
      await page.set({ key: 'kinds', kind, text });
      assert.equal(await page.text('.entries .text'), shown);
      assert.ok((await pythonReads('kinds', source)).equal, `Python reads the ${kind} ${text}`);
    }
  });

  test('gets what Python wrote, and null for what is missing', async () => {
    await example.peer.ask('write', { key: 'from', source: "{'a': (1, 2)}" });
    await page.press('Get', { key: 'from' });
    assert.equal(await page.text('.outcome'), 'from is { a: [1, 2] }');
    assert.match(await page.text('.entries .left'), /set elsewhere/);
    await page.press('Get', { key: 'missing' });
    assert.equal(await page.text('.outcome'), 'missing is not in the cache.');
  });

  test('counts up and down, together with Python', async () => {
    await page.press('+ 1', { key: 'visits' });
    await page.press('+ 1', { key: 'visits' });
    await example.peer.ask('inc', { key: 'visits', delta: 40 });
    await page.press('− 1', { key: 'visits' });
    assert.equal(await page.text('.entries .text'), '41');
    assert.equal(await page.text('.entries .left'), 'never expires');
    assert.ok((await pythonReads('visits', '41')).equal);
    await page.click('.entries button[aria-label="Increment visits"]');
    assert.equal(await page.text('.entries .text'), '42');
  });

  test('counting keeps the expiry', async () => {
    await page.set({ key: 'brief', kind: 'number', text: '5', timeout: '50' });
    await page.press('+ 1', { key: 'brief' });
    assert.match(await page.text('.entries .left'), /^(50|49|48) s$/);
  });

  test('counts the time left down, then finds the key gone', async () => {
    await page.set({ key: 'brief', text: 'soon gone', timeout: '3' });
    const left = async () => parseInt(await page.text('.entries .left'), 10);
    assert.ok((await left()) >= 2);
    await page.waitForText('.entries .left', /^1 s$/);
    await page.waitForText('.entries .left', /^expired$/);
    assert.equal(await page.text('.entries .text'), 'null');
    assert.equal((await pythonReads('brief', 'None')).stored, '');
  });

  test('remembers the keys when it is loaded again', async () => {
    await page.set({ key: 'kept', text: 'still here', timeout: '60' });
    await page.reload();
    await page.waitForText('.entries .text', /^"still here"$/);
    assert.match(await page.text('.entries .left'), /^(60|5\d) s$/);
  });

  test('deletes a key', async () => {
    await page.set({ key: 'a', text: 'x' });
    await page.click('.entries button[aria-label="Delete a"]');
    assert.equal(await page.text('.outcome'), 'a is deleted.');
    assert.equal(await page.locator('.entries li').count(), 0);
    assert.equal((await pythonReads('a', 'None')).stored, '');
  });

  test("clears everything, and shows Python's values again once they are back", async () => {
    await page.set({ key: 'a', text: 'x' });
    await page.press('Clear', {});
    assert.equal(await page.text('.outcome'), 'Everything is cleared.');
    assert.equal(await page.locator('.entries li').count(), 0);
    await page.waitForText('#python .empty', /Python has written nothing yet/);
    await demo();
    await page.waitForText('#python tbody tr', /python:greeting/);
  });

  test('shows whether the fragment came from the cache, its age, and how long it took', async () => {
    assert.equal(await page.text('#fragment .badge'), 'miss');
    const drawing = await page.locator('#fragment path').getAttribute('d');
    await page.askAgain();
    assert.equal(await page.text('#fragment .badge'), 'hit');
    assert.match(await page.text('#fragment .origin'), /from the cache, \d\.\d s old/);
    assert.equal(await page.locator('#fragment path').getAttribute('d'), drawing);
    assert.match(await page.text('#fragment .countdown'), /expires in (20|1\d) s/);

    await page.press('Clear', {});
    await page.askAgain();
    assert.equal(await page.text('#fragment .badge'), 'miss');
    assert.ok((await page.took()) >= 400, 'a miss takes as long as drawing');
    assert.notEqual(await page.locator('#fragment path').getAttribute('d'), drawing);
  });

  test('shows a stale fragment at once, and the one that was drawn behind it the next time', async () => {
    const seconds = Date.now() / 1000 - 30;
    const madeAt = `datetime.fromtimestamp(${seconds}, timezone.utc)`;
    const markup = '<svg><path d="M0 0"></path></svg>';
    const source = `{'markup': '${markup}', 'madeAt': ${madeAt}}`;
    await example.peer.ask('write', { key: 'fragment', source });
    await page.askAgain();
    assert.equal(await page.text('#fragment .badge'), 'stale');
    assert.match(await page.text('#fragment .origin'), /^stale 3\d\.\d s old: refreshing after/);
    assert.equal(await page.locator('#fragment path').getAttribute('d'), 'M0 0');
    for (let attempts = 0; attempts < 40; attempts++) {
      await pause(100);
      await page.askAgain();
      if ((await page.text('#fragment .badge')) === 'hit') break;
    }
    assert.match(await page.text('#fragment .origin'), /^hit from the cache, \d\.\d s old/);
    assert.notEqual(await page.locator('#fragment path').getAttribute('d'), 'M0 0');
  });

  test('explains what is wrong with the input', async () => {
    const wrong = [
      [{ kind: 'number', text: 'many' }, /many is not a number\. BAD_INPUT$/],
      [{ kind: 'json', text: '{a}' }, /That is not JSON: .* BAD_INPUT$/],
      [{ kind: 'bytes', text: '0' }, /pairs of hexadecimal digits.* BAD_INPUT$/],
      [{ kind: 'date', text: 'soon' }, /A date looks like .* BAD_INPUT$/],
    ];
    for (const [entry, message] of wrong) {
      await page.set({ key: 'wrong', ...entry });
      assert.match(await page.text('#keys .problem'), message);
    }
    await page.set({ key: 'word', text: 'x' });
    assert.equal(await page.locator('#keys .problem').count(), 0);
    await page.press('+ 1', { key: 'word' });
    assert.match(await page.text('#keys .problem'), /integers only.* NOT_AN_INTEGER$/);
    assert.equal((await pythonReads('wrong', 'None')).stored, '');
  });

  test('fits a phone', async () => {
    await page.set({ key: 'a-long-key-'.repeat(8), text: 'a long value '.repeat(12) });
    for (const width of [390, 320]) {
      await page.resize(width);
      assert.equal(await page.overflow(), 0, `nothing is wider than ${width} pixels`);
    }
  });

  test('works without Redis, reports it, and recovers when Redis is back', async () => {
    const { port } = new URL(example.redis.url);
    await example.redis.stop();
    page.expectErrors();
    await page.set({ key: 'a', text: 'x' });
    const problem = await page.text('#keys .problem');
    assert.match(
      problem,
      /^Redis cannot be reached\. redis at 127\.0\.0\.1:\d+ .* CONNECTION_FAILED$/,
    );
    assert.match(await page.text('.calls li'), /cache\.set\("a", "x", 30\)\s+CONNECTION_FAILED/);

    await page.reload();
    assert.match(
      await page.text('#python .problem'),
      /^Redis cannot be reached\. .*CONNECTION_FAILED$/,
    );
    assert.match(await page.text('#fragment .problem'), /does without its cache/);
    assert.equal(await page.locator('#fragment path').count(), 1);

    const back = await startRedis({ port: Number(port) });
    try {
      // On workerd only calls start a probe: the first ones after the outage still fail at once.
      for (let attempts = 0; attempts < 20; attempts++) {
        await page.set({ key: 'a', text: 'x' });
        if ((await page.locator('#keys .problem').count()) === 0) break;
        await pause(250);
      }
      assert.equal(await page.locator('#keys .problem').count(), 0);
      assert.equal(await page.text('.entries .text'), '"x"');
    } finally {
      await back.stop();
    }
  });
});

const AWARE = 'datetime(2026, 1, 31, 12, tzinfo=timezone.utc)';
