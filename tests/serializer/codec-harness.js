/**
 * The default serializer without a cache around it: js/serializer/ and the wasm module of module/, which is made of the
 * core's sources.
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RequestBuffer } from '../../js/core/request-buffer.js';
import { UnreadableError } from '../../js/errors/classes.js';
import { MemoryViews } from '../../js/core/memory.js';
import { Decoder } from '../../js/serializer/decode.js';
import { writeValue } from '../../js/serializer/encode.js';
import { root, targetFolder } from '../../scripts/lib/paths.js';
import { run } from '../../scripts/lib/process.js';
import { wasmTargetEnvironment } from '../../scripts/tools/wasm-target.js';
import { ensure } from '../../scripts/setup.js';

const TARGET = 'wasm32-unknown-unknown';
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Compiles the module, unless it is up to date, and opens a fresh instance. */
export async function openCodecHarness() {
  await ensure('wasm-target');
  const manifest = join(root, 'tests', 'serializer', 'module', 'Cargo.toml');
  const folder = join(targetFolder, 'serializer');
  const args = ['build', '--quiet', '--release', '--target', TARGET, '--manifest-path', manifest];
  await run('cargo', [...args, '--target-dir', folder], { env: wasmTargetEnvironment() });
  const bytes = readFileSync(join(folder, TARGET, 'release', 'serializer_module.wasm'));
  return new CodecHarness(new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports);
}

/** Values to stored bytes and back. */
class CodecHarness {
  /** @param {any} exports */
  constructor(exports) {
    const { dumps, keep_instances, loads, memory, room } = exports;
    this.core = { dumps, keepInstances: keep_instances, loads, room };
    this.keepsInstances = false;
    this.buffer = new RequestBuffer(exports.reserve_operations, memory);
    this.views = new MemoryViews(memory);
    this.decoder = new Decoder();
  }

  /**
   * The stored form of a value, where it lies in the module's memory: valid until the next call.
   *
   * @param {unknown} value
   */
  dumpsInPlace(value) {
    let lengths;
    try {
      writeValue(this.buffer, value);
    } finally {
      lengths = this.buffer.finish();
    }
    const at = this.core.dumps(...lengths) >>> 2;
    if (this.views.current().u32[at] === 0) throw new Error('the tape is refused');
    return this.slice(at + 1);
  }

  /** @param {unknown} value */
  dumps(value) {
    return this.dumpsInPlace(value).slice();
  }

  /**
   * @param {Uint8Array} stored
   * @param {Record<string, import('../../js/serializer/special-values.js').Reviver>} [classes]
   * @returns {any}
   * @throws {UnreadableError}
   */
  loads(stored, classes) {
    this.#keepInstances(classes !== undefined);
    const room = this.core.room(stored.length) >>> 0;
    this.views.current().u8.set(stored, room);
    const at = this.core.loads() >>> 2;
    const views = this.views.current();
    const kind = views.u32[at];
    if (kind === 0) throw new UnreadableError(decoder.decode(this.slice(at + 1)));
    const count = /** @type {number} */ (views.u32[at + 1]);
    this.decoder.begin(views, at + 2);
    if (kind === 1) return this.decoder.take(count);
    return this.decoder.takeDeferred(count).revive(classes ?? {});
  }

  /** @param {boolean} keep */
  #keepInstances(keep) {
    if (keep !== this.keepsInstances) this.core.keepInstances(keep);
    this.keepsInstances = keep;
  }

  /**
   * The bytes whose address and length stand at `at`.
   *
   * @param {number} at
   */
  slice(at) {
    const { u8, u32 } = this.views.current();
    const address = /** @type {number} */ (u32[at]);
    return u8.subarray(address, address + /** @type {number} */ (u32[at + 1]));
  }
}
