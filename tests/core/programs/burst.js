/**
 * Makes a burst of calls, pauses, and tells how much memory outside of JavaScript's heap there was after each: needs --expose-gc.
 */
import { RedisCache } from '../../../js/entries/node.js';

const [, , url = '', pauseMs = ''] = process.argv;
const cache = new RedisCache(url, { operationTimeout: 60 });
const near = cache.with({ near: { timeout: 60 } });
await near.set('near', { a: 1 });
for (let reads = 0; reads < 2; reads++) await near.get('near');
const many = Array.from({ length: 300_000 }, (_, index) => [`key ${index}`, index]);
await cache.setMany(many, 60);
const afterBurst = await external();
await new Promise((resolve) => setTimeout(resolve, Number(pauseMs)));
const afterPause = await external();
const isUsable = await cache.set('key', 1);
console.log(JSON.stringify({ afterBurst, afterPause, isUsable }));
await cache.close();

/** Megabytes. */
async function external() {
  for (let round = 0; round < 3; round++) {
    /** @type {any} */ (globalThis).gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return process.memoryUsage().external / 2 ** 20;
}
