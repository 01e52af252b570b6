/** The example's page when keys and values are long, deep, or full of characters that nobody sees. */

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { openBrowser } from '../../scripts/start/browser.js';
import { startExample } from '../../scripts/start/example.js';
import { VisitedPage } from './visited-page.js';

delete process.env.REDIS_URL;

const MEGABYTES = 3_000_000;
/** A page that shows the beginnings of values is as small as this, in characters. */
const SMALL = 60_000;
const WIDTHS = [1040, 390];

describe('the example page, given too much', () => {
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
    page = await VisitedPage.open(browser, example.url);
  });
  afterEach(() => page.close());

  /**
   * @param {string} method
   * @param {string} key
   * @param {object} [body]
   */
  const ask = (method, key, body) =>
    fetch(`${example.url}/api/keys?key=${encodeURIComponent(key)}`, {
      method,
      body: body && JSON.stringify(body),
    });
  /** @param {unknown} text @param {string} kind */
  const put = (text, kind) => ask('PUT', 'key', { kind, text, timeout: 60 });

  async function isTidy() {
    for (const width of WIDTHS) {
      await page.resize(width);
      assert.equal(await page.overflow(), 0, `nothing is wider than ${width} pixels`);
    }
    const text = await page.text('body');
    assert.ok(text.length < SMALL, `${text.length} characters are shown`);
  }

  test('a text of 3 MB is stored whole, and its beginning shown', async () => {
    const answer = await (await put('x'.repeat(MEGABYTES), 'text')).text();
    assert.ok(answer.length < SMALL, `${answer.length} characters`);
    await page.press('Get', { key: 'key' });
    assert.match(await page.text('.outcome'), /^key is "x{100,500}…$/);
    assert.match(await page.text('.entries .text'), /^"x{100,500}…$/);
    assert.match(await page.text('.entries .form'), /^pickle, protocol 5, 3000\d+ B$/);
    await isTidy();
  });

  test('long lists, bytes and digits are shown by their beginning', async () => {
    for (const [kind, text] of [
      ['json', JSON.stringify(Array.from({ length: 300_000 }, (_, index) => index))],
      ['json', JSON.stringify({ ['k'.repeat(MEGABYTES)]: ['v'.repeat(MEGABYTES)] })],
      ['bytes', 'ff'.repeat(MEGABYTES)],
      ['number', '7'.repeat(20_000)],
    ]) {
      const response = await put(text, kind);
      const answer = await response.text();
      assert.equal(response.status, 200, `${kind}: ${answer.slice(0, 300)}`);
      assert.ok(answer.length < SMALL, `${kind}: ${answer.length} characters`);
    }
  });

  test('a long key is cut where it is shown, and is the same key', async () => {
    const key = `${'long-key-'.repeat(20)}end`;
    await page.set({ key, text: 'x' });
    assert.match(await page.text('.entries .name'), /^(long-key-)+[^e]*…$/);
    assert.match(await page.text('.outcome'), /^(long-key-)+.*… is set\.$/);
    await isTidy();
    await page.click('.entries button[aria-label^="Delete long-key-"]');
    assert.match(await page.text('.outcome'), /… is deleted\.$/);
  });

  test('a key that is too long for a URL is refused in words', async () => {
    const response = await ask('GET', 'k'.repeat(1000));
    assert.equal(response.status, 400);
    assert.match((await response.json()).problem.message, /^A key has at most \d+ characters/);
  });

  test('deep JSON is shown to some depth, or refused in words', async () => {
    for (const depth of [15, 500, 100_000]) {
      for (const [open, close] of [
        ['[', ']'],
        ['{"a":', '}'],
      ]) {
        const text = `${open?.repeat(depth)}1${close?.repeat(depth)}`;
        const response = await put(text, 'json');
        const { problem, entries } = await response.json();
        assert.ok([200, 400].includes(response.status), `${response.status} at depth ${depth}`);
        if (response.status === 200) assert.match(entries[0].value.text, /…/);
        else assert.match(problem.code, /^(UNSERIALIZABLE|BAD_INPUT)$/);
      }
    }
    const deepBody = await fetch(`${example.url}/api/keys?key=key`, {
      method: 'PUT',
      body: '['.repeat(100_000) + ']'.repeat(100_000),
    });
    assert.equal(deepBody.status, 400);
  });

  test('characters that turn the writing round, or that nobody sees, are shown as escapes', async () => {
    const unseen = '\u202e\u2066\u200b\u200f\ufeff\u0085\u2028\u00ad';
    const escapes = '\\u202e\\u2066\\u200b\\u200f\\ufeff\\u0085\\u2028\\u00ad';
    await page.set({ key: `safe${unseen}exe.txt`, text: `a${unseen}b` });
    assert.equal(await page.text('.entries .name'), `safe${escapes}exe.txt`);
    assert.equal(await page.text('.entries .text'), `"a${escapes}b"`);
    assert.match(await page.text('.calls code'), /^cache\.set\("safe\\u202e/);
    await page.set({ key: 'wrong', kind: 'number', text: 'not\u202ea number' });
    assert.match(await page.text('#keys .problem'), /not\\u202ea number is not a number/);
    assert.doesNotMatch(await page.text('body'), /[\u202e\u2066\u200f]/);
  });

  test("what Python's place holds is not trusted either", async () => {
    const source =
      `{'at': datetime.now(timezone.utc), 'by': '\\u202e' + 'b' * 3000000, 'timeout': 60,
      'source': {'k\\u202e' + 'k' * 300: 's\\u202e' * 100000, 'l': [[['deep']]]}}`.replace(
        /\s+/g,
        ' ',
      );
    await example.peer.ask('write', { key: 'python:written', source });
    await page.reload();
    const text = await page.text('#python');
    assert.match(text, /k\\u202e/);
    assert.doesNotMatch(text, /\u202e/);
    await isTidy();
  });
});
