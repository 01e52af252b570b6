/**
 * The suite's runtime that is a browser: a page in headless Chromium, which loads the modules as they are, without a bundler,
 * and reaches Redis through a bridge.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBrowser } from '../../scripts/start/browser.js';
import { startBridge } from './bridge.js';
import { listening } from './proxy.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TYPES = /** @type {Record<string, string>} */ ({
  '.js': 'text/javascript',
  '.html': 'text/html',
});

/** @type {import('./runtimes.js').Start} */
export async function startChromium(program, fixtures) {
  const bridge = await startBridge();
  const files = createServer(serve);
  const origin = `http://127.0.0.1:${await listening(files)}`;
  const browser = await openBrowser();
  const page = await browser.newPage();
  /** @type {(error: Error) => void} */
  let fail = () => {};
  const failed = new Promise((_, reject) => (fail = reject));
  failed.catch(() => {});
  page.on('pageerror', fail);
  page.on('crash', () => fail(new Error('the page has crashed')));
  const query = new URLSearchParams({
    program: `/${relative(ROOT, program)}`,
    fixtures: fixtures.origin,
    bridge: bridge.url,
  });
  await page.goto(`${origin}/tests/support/chromium.html?${query}`);
  return {
    run: (name) => /** @type {Promise<any>} */ (Promise.race([failed, fixtures.run(name)])),
    async stop() {
      await browser.close();
      await bridge.stop();
      files.closeAllConnections();
      files.close();
    },
  };
}

/** @type {import('node:http').RequestListener} */
async function serve({ url = '/' }, response) {
  const { pathname } = new URL(url, 'http://files');
  const type = TYPES[extname(pathname)];
  if (type === undefined) return void response.writeHead(404).end();
  response.setHeader('content-type', type);
  response.end(await readFile(join(ROOT, pathname)));
}
