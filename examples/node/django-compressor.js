/**
 * What django-redis stores with its ZlibCompressor or its GzipCompressor: Django's pickles, compressed from 16 bytes on.
 *
 *     const cache = new RedisCache(url, { keyPrefix: ':1:', serializer: djangoCompressor('zlib') });
 *
 * Pickles are written and read by a cache over a server in memory. The other compressors (lzma, zstd, lz4) are in no runtime: with
 * a library for one of them, it takes the place of `through`.
 */
import { RedisCache } from 'cachelib-edge';
import { MemoryServer } from 'cachelib-edge/testing';

/** As in `django_redis.compressors`: shorter pickles are stored as they are. */
const MIN_LENGTH = 15;
/** No value is larger when it is unpacked: a few bytes can stand for gigabytes. */
const MAX_LENGTH = 64 * 1024 * 1024;

/** The web's names, and what a compressed value begins with. */
const FORMATS = {
  zlib: { name: /** @type {const} */ ('deflate'), magic: [0x78] },
  gzip: { name: /** @type {const} */ ('gzip'), magic: [0x1f, 0x8b] },
};

/** @param {'zlib' | 'gzip'} format */
export function djangoCompressor(format) {
  const { name, magic } = FORMATS[format];
  const pickles = new Pickles();
  return {
    /** @param {unknown} value */
    async dumps(value) {
      const stored = await pickles.dumps(value);
      // An int is its digits, which Redis counts with.
      if (stored.length <= MIN_LENGTH || stored[0] !== 0x80) return stored;
      return through(new CompressionStream(name), stored);
    },

    /** @param {Uint8Array} stored */
    async loads(stored) {
      const isPacked = magic.every((byte, index) => stored[index] === byte);
      return pickles.loads(
        isPacked ? await through(new DecompressionStream(name), stored) : stored,
      );
    },
  };
}

/** Django's serializer without a Redis. */
class Pickles {
  #server = new MemoryServer();
  #cache = new RedisCache('localhost', {
    connector: this.#server.connector,
    serializer: 'django',
    throwOnError: true,
  });
  #count = 0;

  /** @param {unknown} value */
  async dumps(value) {
    const key = String(this.#count++);
    await this.#cache.set(key, value, 0);
    return /** @type {Uint8Array} */ (this.#server.send('GETDEL', key));
  }

  /** @param {Uint8Array} stored */
  loads(stored) {
    const key = String(this.#count++);
    this.#server.send('SET', key, stored);
    return this.#cache.pop(key);
  }
}

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
