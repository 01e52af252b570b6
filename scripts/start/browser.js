/** Headless Chromium, for the page's tests and its picture. */

import { chromium as playwright } from 'playwright-core';
import { chromium } from '../tools/programs.js';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  // Nothing leaves this machine.
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @throws {Error} when there is no Chromium, with the way to get it */
export async function openBrowser() {
  const executablePath = chromium();
  if (executablePath === null) {
    throw new Error('Chromium is missing: `node scripts/setup.js chromium` gets it');
  }
  return playwright.launch({ executablePath, args: ARGUMENTS });
}
