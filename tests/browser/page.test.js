/**
 * The example page, built and served by Vite, in headless Chromium, over a bridge.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build, createServer, preview } from 'vite';
import { openBrowser } from '../../scripts/start/browser.js';
import { startBridge } from '../support/bridge.js';
import { freePort, startRedis } from '../support/redis.js';

const ROOT = fileURLToPath(new URL('../../examples/page/', import.meta.url));
const HOST = '127.0.0.1';

/** @typedef {{ url: string, close(): Promise<void> }} Site */

/**
 * How Vite serves a page, given the policy that goes with it.
 * @type {Record<string, (folder: string, policy: string) => Promise<Site>>}
 */
const SITES = {
  async 'built by Vite, under a Content-Security-Policy'(folder, policy) {
    const outDir = join(folder, 'built');
    await build({ root: ROOT, configFile: false, logLevel: 'error', build: { outDir } });
    const headers = { 'Content-Security-Policy': policy };
    const server = await preview({
      root: ROOT,
      configFile: false,
      build: { outDir },
      preview: { host: HOST, port: await freePort(), headers },
    });
    return { url: server.resolvedUrls?.local[0] ?? '', close: () => server.close() };
  },
  async "by Vite's development server"(folder) {
    const server = await createServer({
      root: ROOT,
      configFile: false,
      logLevel: 'error',
      cacheDir: join(folder, 'cache'),
      server: { host: HOST, port: await freePort() },
    });
    await server.listen();
    return { url: server.resolvedUrls?.local[0] ?? '', close: () => server.close() };
  },
};

for (const [name, open] of Object.entries(SITES)) {
  describe(`a page ${name}`, () => {
    /** @type {import('../support/redis.js').RedisServer} */
    let redis;
    /** @type {Awaited<ReturnType<typeof startBridge>>} */
    let bridge;
    /** @type {string} */
    let folder;
    /** @type {Site} */
    let site;
    /** @type {import('playwright-core').Browser} */
    let browser;
    /** @type {import('playwright-core').Page} */
    let page;
    /** What the page should not say. @type {string[]} */
    let problems;

    before(async () => {
      redis = await startRedis();
      bridge = await startBridge({ target: redis });
      folder = await mkdtemp(join(tmpdir(), 'page-'));
      const policy = `default-src 'self'; img-src data:; script-src 'self' 'wasm-unsafe-eval'; connect-src ${bridge.url}`;
      site = await open(folder, policy);
      browser = await openBrowser();
    });
    after(async () => {
      await browser?.close();
      await site?.close();
      await bridge?.stop();
      await redis?.stop();
      await rm(folder, { recursive: true, force: true });
    });

    beforeEach(async () => {
      problems = [];
      page = await browser.newPage();
      page.on('pageerror', (error) => problems.push(String(error)));
      page.on('console', (message) => {
        if (message.type() === 'error') problems.push(message.text());
      });
    });
    afterEach(() => page.close());

    /** @param {string} url a bridge's */
    const visit = (url) => page.goto(`${site.url}?${new URLSearchParams({ bridge: url })}`);
    /** @param {RegExp} text */
    const state = (text) => page.locator('#state').filter({ hasText: text }).waitFor();
    /** @param {string} method */
    const press = async (method) => {
      const count = await page.locator('#calls li').count();
      await page.locator(`button[value=${method}]`).click();
      await page.locator(`#calls li:nth-last-child(${count + 1}) > :nth-child(2)`).waitFor();
      return page.locator('#calls li').first().innerText();
    };

    test('connects, sets, gets, counts and deletes', async () => {
      await visit(bridge.url);
      await state(/^connected$/);
      assert.match(await press('get'), /cache\.get\("greeting"\)\s+null\s/);
      await page.locator('[name=timeout]').fill('60');
      assert.match(await press('set'), /"hello":\["world",1\.5\]\}, 60\)\s+true\s/);
      assert.match(await press('get'), /\{"hello":\["world",1\.5\]\}\s+[\d.]+ ms/);
      assert.match(await press('inc'), /NOT_AN_INTEGER/);
      assert.match(await press('delete'), /true/);
      assert.match(await press('inc'), /cache\.inc\("greeting"\)\s+1\s/);

      const client = await redis.client();
      assert.equal(String(await client.send('GET', 'page:greeting')), '1');
      await client.send('FLUSHALL');
      client.close();
      assert.deepEqual(problems, []);
    });

    test('connects anew after the bridge has cut it off', async () => {
      await visit(bridge.url);
      await state(/^connected$/);
      await press('set');
      bridge.cut();
      assert.match(await press('get'), /hello/);
    });

    test('says that the bridge is not there', async () => {
      await visit(`ws://${HOST}:1/`);
      await state(/the bridge at 127\.0\.0\.1:1 cannot be reached.*\[CONNECTION_FAILED\]$/);
      assert.equal(await page.locator('#entry fieldset:disabled').count(), 1);
    });
  });
}
