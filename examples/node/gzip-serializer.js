/**
 * A serializer that compresses, for every runtime with CompressionStream. JSON in gzip;
 * examples/python/gzip_serializer.py is the same for Python's cachelib, over its JSONSerializer or over its own.
 *
 *     const cache = new RedisCache(url, { serializer: gzip });
 */

/** Shorter values are stored as they are, and so are those that gzip makes no smaller. */
const MIN_LENGTH = 1024;
/** No value is larger when it is unpacked: a few bytes can stand for gigabytes. */
const MAX_LENGTH = 64 * 1024 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const gzip = {
  /** @param {unknown} value */
  async dumps(value) {
    const stored = encoder.encode(JSON.stringify(value ?? null));
    if (stored.length < MIN_LENGTH) return stored;
    const packed = await through(new CompressionStream('gzip'), stored);
    return packed.length < stored.length ? packed : stored;
  },

  /** @param {Uint8Array} stored */
  async loads(stored) {
    const isPacked = stored[0] === 0x1f && stored[1] === 0x8b && stored[2] === 8;
    const bytes = isPacked ? await through(new DecompressionStream('gzip'), stored) : stored;
    return JSON.parse(decoder.decode(bytes));
  },
};

/**
 * @param {CompressionStream | DecompressionStream} stream
 * @param {Uint8Array} bytes
 */
async function through(stream, bytes) {
  const source = new Blob([/** @type {BlobPart} */ (bytes)]).stream();
  const chunks = [];
  let length = 0;
  for await (const chunk of source.pipeThrough(/** @type {any} */ (stream))) {
    length += chunk.length;
    if (length > MAX_LENGTH) throw new RangeError('the value is larger than 64 MiB');
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
