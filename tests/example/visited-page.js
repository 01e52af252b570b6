/** The example's page as a visitor has it in front of them. */

import assert from 'node:assert/strict';

/** For one step: the first request to workerd, or a busy machine, takes its time. */
const TIMEOUT_MS = 60_000;

export class VisitedPage {
  /** What the browser complained of: errors, and whatever its security policy refused. */
  #complaints = /** @type {string[]} */ ([]);
  /** The origins it sent requests to. */
  #origins = /** @type {Set<string>} */ (new Set());
  #expectsErrors = false;
  #url;
  #page;
  #form;

  /**
   * @param {import('playwright-core').Page} page
   * @param {string} url
   */
  constructor(page, url) {
    this.#page = page;
    this.#url = url;
    this.#form = page.locator('#key-form');
    page.setDefaultTimeout(TIMEOUT_MS);
    page.on('pageerror', (error) => this.#complaints.push(error.message));
    page.on('request', (request) => this.#origins.add(new URL(request.url()).origin));
    page.on('console', (message) => {
      // The browser notes each answer that is no success: some tests want those.
      const isAnswer = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isAnswer) this.#complaints.push(message.text());
    });
    page.on('response', (response) => {
      if (response.status() >= 500 && !this.#expectsErrors) {
        this.#complaints.push(`${response.status()} for ${response.url()}`);
      }
    });
  }

  /**
   * @param {import('playwright-core').Browser} browser
   * @param {string} url
   */
  static async open(browser, url) {
    const page = new VisitedPage(await browser.newPage(), url);
    await page.#page.goto(url);
    return page;
  }

  /** Closes the page, and holds that nothing was wrong with it that a visitor does not see. */
  async close() {
    await this.#page.close();
    assert.deepEqual(this.#complaints, []);
    assert.deepEqual([...this.#origins], [this.#url]);
  }

  /** From now on the Worker may answer that it failed. */
  expectErrors() {
    this.#expectsErrors = true;
  }

  async reload() {
    await this.#page.reload();
  }

  /** @param {string} selector */
  locator(selector) {
    return this.#page.locator(selector);
  }

  /**
   * The text that the first such element shows, on one line.
   * @param {string} selector
   */
  async text(selector) {
    return (await this.locator(selector).first().innerText()).trim().replace(/\s+/g, ' ');
  }

  /**
   * @param {string} selector
   * @param {RegExp} pattern
   */
  async waitForText(selector, pattern) {
    await this.#page.locator(selector).filter({ hasText: pattern }).first().waitFor();
  }

  /**
   * Fills in the form and sets the key.
   * @param {{ key: string, kind?: string, text?: string, timeout?: string }} entry
   */
  async set({ key, kind = 'text', text = '', timeout = '30' }) {
    await this.#form.getByLabel('Kind').selectOption(kind);
    await this.#form.getByLabel('Value').fill(text);
    await this.#form.getByLabel('Seconds').fill(timeout);
    await this.press('Set', { key });
  }

  /**
   * Presses a button of the form, and waits until what it does is done.
   * @param {string} label
   * @param {{ key?: string }} entry
   */
  async press(label, { key }) {
    if (key !== undefined) await this.#form.getByLabel('Key', { exact: true }).fill(key);
    await this.#answered(() => this.locator(`#key-form button:text-is("${label}")`).click());
  }

  /** @param {string} selector of a button in the list of keys */
  async click(selector) {
    await this.#answered(() => this.locator(selector).click());
  }

  /** Asks for the fragment again. */
  async askAgain() {
    await this.#answered(() => this.locator('#again').click());
  }

  /** How long the fragment took, in milliseconds. */
  async took() {
    const text = await this.text('#fragment .took');
    return text.includes('under') ? 0 : Number(/(\d+) ms/.exec(text)?.[1]);
  }

  /** @param {number} width in pixels */
  async resize(width) {
    await this.#page.setViewportSize({ width, height: 800 });
  }

  /** How many pixels of the page are out of sight to the right. */
  overflow() {
    return this.#page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return scrollWidth - clientWidth;
    });
  }

  /** @param {() => Promise<void>} act */
  async #answered(act) {
    const answer = this.#page.waitForResponse((response) => response.url().includes('/api/'));
    await act();
    await answer;
    await this.#page.waitForFunction(() => document.querySelector('[aria-busy]') === null);
  }
}
