/**
 * Makes a burst of calls, pauses, and tells how much memory outside of JavaScript's heap there was after each: needs --expose-gc.
 * With a lock it tells as well whether that could be released after the pause.
 */
import { RedisCache } from '../../../js/entries/node.js';

const [, , url = '', pauseMs = '', lockFor = ''] = process.argv;
const cache = new RedisCache(url, { operationTimeout: 60 });
const lock = lockFor && (await cache.lock('job', { timeout: Number(lockFor) }));
const near = cache.with({ near: { timeout: 60 } });
await near.set('near', { a: 1 });
for (let reads = 0; reads < 2; reads++) await near.get('near');
const many = Array.from({ length: 300_000 }, (_, index) => [`key ${index}`, index]);
await cache.setMany(many, 60);
const afterBurst = await external();
await new Promise((resolve) => setTimeout(resolve, Number(pauseMs)));
const afterPause = await external();
const isReleased = lock && (await lock.release());
const isUsable = await cache.set('key', 1);
console.log(JSON.stringify({ afterBurst, afterPause, isReleased, isUsable }));
await cache.close();

/** Megabytes. */
async function external() {
  for (let round = 0; round < 3; round++) {
    /** @type {any} */ (globalThis).gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return process.memoryUsage().external / 2 ** 20;
}
