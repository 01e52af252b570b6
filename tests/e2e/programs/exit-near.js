const { Bun, Deno, process } = /** @type {any} */ (globalThis);
// Written out, so that Deno needs no right to read them.
const { RedisCache } = Deno
  ? await import('../../../js/entries/deno.js')
  : Bun
    ? await import('../../../js/entries/bun.js')
    : await import('../../../js/entries/node.js');

const [url] = Deno?.args ?? process.argv.slice(2);
const cache = new RedisCache(url, { near: { timeout: 60, tracking: true }, throwOnError: true });
const stored = await cache.set('k', 1);
let value;
while (cache.stats().nearHits === 0) value = await cache.get('k');
console.log(stored, value);
