/**
 * Makes calls that want more memory than there is, and tells the codes of their errors, and whether the next call worked: needs
 * --wasm-max-mem-pages.
 */
import { RedisCache } from '../../../js/entries/node.js';

const [, , url = ''] = process.argv;
const MEGABYTE = 1 << 20;
/** @type {Set<string>} */
const codes = new Set();
const onError = (/** @type {any} */ { code }) => void codes.add(code);
const cache = new RedisCache(url, { operationTimeout: 60, connectTimeout: 60, onError });
const raw = cache.with({ serializer: 'raw' });
const bytes = new Uint8Array(5 * MEGABYTE);

/** A list of one text of 512 characters, four million times: a pickle of 8 MB, and 2 GB of text. */
function repeatedText() {
  const head = [
    0x21,
    0x80,
    4,
    0x5d,
    0x94,
    0x28,
    0x58,
    0,
    2,
    0,
    0,
    ...Array(512).fill(0x78),
    0x71,
    1,
  ];
  const references = 4_000_000;
  const pickle = new Uint8Array(head.length + 2 * references + 2);
  pickle.set(head);
  for (let at = head.length; at < pickle.length - 2; at += 2) pickle.set([0x68, 1], at);
  pickle.set([0x65, 0x2e], pickle.length - 2);
  return pickle;
}

await raw.set('repeated', repeatedText());
const keys = Array.from({ length: 12 }, (_, index) => `value ${index}`);
for (const key of keys) await raw.set(key, bytes);

/** @type {Record<string, () => Promise<unknown>>} */
const calls = {
  'a large value': () => cache.set('k', new Uint8Array(40 * MEGABYTE)),
  'a large text': () => cache.set('k', 'x'.repeat(40 * MEGABYTE)),
  'many values': () => cache.setMany(keys.map((key) => [key, bytes])),
  'sets of a tick': () => Promise.all(keys.map((key) => cache.set(key, bytes))),
  'getMany': () => cache.getMany(keys),
  'getMany, raw': () => raw.getMany(keys),
  'a text that is repeated': () => cache.get('repeated'),
}; // prettier-ignore

/** @type {Record<string, unknown>} */
const outcomes = {};
for (const [name, call] of Object.entries(calls)) {
  codes.clear();
  const thrown = await call().then(
    () => null,
    (error) => error.code ?? String(error),
  );
  const isUsable = (await cache.set('next', 1)) && (await cache.get('next')) === 1;
  outcomes[name] = { codes: [...codes], thrown, isUsable };
}
console.log(JSON.stringify(outcomes));
await cache.close();
