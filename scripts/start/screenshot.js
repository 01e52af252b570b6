/**
 * Takes the picture of the example that the README shows.
 *
 * `node scripts/start/screenshot.js` writes docs/example.png; with the name of a folder, it puts pictures there of the
 * page in the light and the dark, on a phone and without Redis, to be looked at.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from '../build.js';
import { root } from '../lib/paths.js';
import { encode } from './palette.js';
import { ensure, runMain } from '../setup.js';

/** @typedef {import('playwright-core').Page} Page */

const DESK = { width: 1040, height: 900 };
const PHONE = { width: 390, height: 844 };

await runMain(async () => {
  const [folder] = process.argv.slice(2);
  await ensure('npm', 'redis', 'python', 'chromium');
  await build();
  const { startExample } = await import('./example.js');
  const { openBrowser } = await import('./browser.js');
  const example = await startExample({});
  const browser = await openBrowser();
  /** @param {import('playwright-core').BrowserContextOptions} options @param {string} path @param {typeof upToCalls} [clip] */
  const take = async (options, path, clip) => {
    const page = await browser.newPage(options);
    await visit(page, example.url);
    writeFileSync(
      path,
      await shrink(page, await page.screenshot({ fullPage: true, clip: await clip?.(page) })),
    );
    await page.close();
  };
  try {
    await example.peer.ask('demo', { timeout: 60 });
    if (folder === undefined) {
      mkdirSync(join(root, 'docs'), { recursive: true });
      await take({ viewport: DESK }, join(root, 'docs', 'example.png'), upToCalls);
      return;
    }
    mkdirSync(folder, { recursive: true });
    await take({ viewport: DESK }, join(folder, 'light.png'));
    await take({ viewport: DESK, colorScheme: 'dark' }, join(folder, 'dark.png'));
    await take({ viewport: PHONE, deviceScaleFactor: 2 }, join(folder, 'phone.png'));
    await example.redis.stop();
    await take({ viewport: DESK }, join(folder, 'down.png'));
  } finally {
    await browser.close();
    await example.stop();
  }
});

/**
 * The page without its last card.
 * @param {Page} page
 */
async function upToCalls(page) {
  const calls = page.locator('#calls');
  const height = await calls.evaluate((element) => /** @type {HTMLElement} */ (element).offsetTop);
  return { x: 0, y: 0, width: DESK.width, height };
}

/**
 * Does what a visitor may do.
 * @param {Page} page
 * @param {string} url
 */
async function visit(page, url) {
  await page.goto(url);
  await set(page, { key: 'settings', kind: 'json', text: '{"theme":"dark","tags":["a","b"]}' });
  await set(page, { key: 'visits', kind: 'number', text: '41', timeout: '0' });
  await press(page, '+ 1');
  await set(page, { key: 'greeting', kind: 'text', text: 'hello', timeout: '30' });
  await page.getByRole('button', { name: 'Ask again' }).click();
  await page.locator('#fragment:not([aria-busy])').waitFor();
  await page.waitForTimeout(1500);
}

/**
 * @param {Page} page
 * @param {{ key: string, kind: string, text: string, timeout?: string }} entry
 */
async function set(page, { key, kind, text, timeout = '120' }) {
  await page.getByLabel('Key', { exact: true }).fill(key);
  await page.getByLabel('Kind').selectOption(kind);
  await page.getByLabel('Value').fill(text);
  await page.getByLabel('Seconds').fill(timeout);
  await press(page, 'Set');
}

/**
 * @param {Page} page
 * @param {string} text
 */
async function press(page, text) {
  const answered = page.waitForResponse((response) => response.url().includes('/api/keys'));
  await page.locator('#key-form button', { hasText: text }).click();
  await answered;
}

/**
 * @param {Page} page
 * @param {Buffer} png
 */
async function shrink(page, png) {
  await page.goto('about:blank');
  const { width, height, text } = await page.evaluate(async (base64) => {
    const response = await fetch(`data:image/png;base64,${base64}`);
    const picture = await createImageBitmap(await response.blob());
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d'));
    context.drawImage(picture, 0, 0);
    const { data } = context.getImageData(0, 0, picture.width, picture.height);
    const pieces = Array.from({ length: picture.height }, (_, row) =>
      String.fromCharCode(...data.subarray(4 * row * picture.width, 4 * (row + 1) * picture.width)),
    );
    return { width: picture.width, height: picture.height, text: btoa(pieces.join('')) };
  }, png.toString('base64'));
  return encode(width, height, Buffer.from(text, 'base64'));
}
