/**
 * Uses a cache, with values that JSON does not have, and tells what came of it.
 *
 * @param {import('cachelib-edge').RedisCache} cache
 */
export async function use(cache) {
  const stored = {
    text: 'Grüße',
    when: new Date(0),
    large: 2n ** 64n,
    bytes: Uint8Array.of(0, 255),
  };
  const set = await cache.set('value', stored, 60);
  const got = await cache.get('value');
  return {
    set,
    got: [got.text, got.when.toISOString(), String(got.large), [...got.bytes]],
    added: await cache.add('value', 'another'),
    counted: await cache.inc('visits', 2),
    many: await cache.get_many('visits', 'missing'),
    deleted: await cache.deleteMany('value', 'visits'),
    refused: await cache.set('value', () => {}).catch((error) => `${error.name}: ${error.code}`),
    has: await cache.has('value'),
  };
}

/** What it tells when all is well. */
export const EXPECTED = {
  set: true,
  got: ['Grüße', '1970-01-01T00:00:00.000Z', '18446744073709551616', [0, 255]],
  added: false,
  counted: 2,
  many: [2, null],
  deleted: ['value', 'visits'],
  refused: 'SerializationError: UNSERIALIZABLE',
  has: false,
};
