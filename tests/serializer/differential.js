/**
 * Random values, Python → JavaScript → Python and JavaScript → Python → JavaScript, through cachelib's own serializer on one side
 * and ours on the other. The tests take a few; all 100,000 each way:
 *
 *     node tests/serializer/differential.js 100000 [seed]
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { root } from '../../scripts/lib/paths.js';
import { python } from '../../scripts/tools/python.js';
import { ensure } from '../../scripts/setup.js';
import { hex, notation } from './notation.js';
import { randomValue } from './random-value.js';
import { openCodecHarness } from './codec-harness.js';

/** So many questions wait for Python at once. */
const BATCH = 100;

/**
 * @param {number} count values each way
 * @param {number} seed
 */
export async function compare(count, seed) {
  await ensure('python');
  const codec = await openCodecHarness();
  const peer = new Peer();
  for (let done = 0; done < count; done += BATCH) {
    const seeds = Array.from(
      { length: Math.min(BATCH, count - done) },
      (_, index) => seed + done + index,
    );
    await fromPython(codec, peer, seeds);
    await fromJavaScript(codec, peer, seeds);
    if (done % 10_000 === 0 && count > 10_000) console.log(`${done} of ${count}`);
  }
  await peer.end();
}

/**
 * @param {Awaited<ReturnType<typeof openCodecHarness>>} codec
 * @param {Peer} peer
 * @param {number[]} seeds
 */
async function fromPython(codec, peer, seeds) {
  const made = await peer.ask(seeds.map((seed) => `make ${seed}`));
  const values = made.map(([stored, expected], index) => {
    const value = codec.loads(new Uint8Array(Buffer.from(stored, 'hex')));
    same(notation(value), expected, `seed ${seeds[index]}: what Python wrote`);
    return value;
  });
  const back = await peer.ask(values.map((value) => `read ${hex(codec.dumps(value))}`));
  back.forEach(([read], index) => {
    same(read, made[index]?.[1], `seed ${seeds[index]}: what Python read back`);
  });
}

/**
 * @param {Awaited<ReturnType<typeof openCodecHarness>>} codec
 * @param {Peer} peer
 * @param {number[]} seeds
 */
async function fromJavaScript(codec, peer, seeds) {
  const values = seeds.map(randomValue);
  const stored = values.map((value) => codec.dumps(value));
  const back = await peer.ask(stored.map((bytes) => `read ${hex(bytes)}`));
  back.forEach(([read, written], index) => {
    const expected = notation(values[index]);
    same(read, expected, `seed ${seeds[index]}: what JavaScript wrote`);
    const value = codec.loads(new Uint8Array(Buffer.from(written, 'hex')));
    same(notation(value), expected, `seed ${seeds[index]}: what JavaScript read back`);
  });
}

/**
 * @param {string | undefined} actual
 * @param {string | undefined} expected
 * @param {string} what
 */
function same(actual = '', expected = '', what) {
  if (actual === expected) return;
  let at = 0;
  while (actual[at] === expected[at]) at++;
  const around = (/** @type {string} */ text) => text.slice(Math.max(0, at - 60), at + 60);
  throw new Error(`${what} differs at ${at}:\n  ${around(actual)}\n  ${around(expected)}`);
}

/** The Python process of differential.py. */
class Peer {
  #process = spawn(python(), [join(root, 'tests', 'serializer', 'differential.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  #lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();

  /**
   * @param {string[]} questions
   * @returns {Promise<[string, string][]>}
   */
  async ask(questions) {
    this.#process.stdin.write(questions.map((question) => `${question}\n`).join(''));
    /** @type {[string, string][]} */
    const answers = [];
    for (const question of questions) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`Python has no answer to ${question.slice(0, 2000)}`);
      answers.push(value.split(' '));
    }
    return answers;
  }

  async end() {
    this.#process.stdin.end();
    await once(this.#process, 'exit');
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [count = '100000', seed = '1'] = process.argv.slice(2);
  await compare(Number(count), Number(seed));
  console.log(`${count} values each way: no difference`);
}
