/**
 * The default serializer without a cache around it: js/serializer/ and the wasm module of module/, which has the very sources
 * of the core.
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OperationBuffer } from '../../js/core/request-buffer.js';
import { UnreadableError } from '../../js/errors/classes.js';
import { Views } from '../../js/core/memory.js';
import { Script } from '../../js/serializer/decode.js';
import { writeValue } from '../../js/serializer/encode.js';
import { root, targetFolder } from '../../scripts/lib/paths.js';
import { run } from '../../scripts/lib/process.js';
import { wasmTargetEnvironment } from '../../scripts/lib/wasm-target.js';
import { ensure } from '../../scripts/setup.js';

const TARGET = 'wasm32-unknown-unknown';
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Compiles the module, unless it is up to date, and gives the two roads of a fresh instance. */
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
    this.buffer = new OperationBuffer(exports, memory);
    this.views = new Views(memory);
    this.script = new Script();
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
    if (this.views.current().words[at] === 0) throw new Error('the tape is refused');
    return this.slice(at + 1);
  }

  /** @param {unknown} value */
  dumps(value) {
    return this.dumpsInPlace(value).slice();
  }

  /**
   * @param {Uint8Array} stored
   * @param {Record<string, import('../../js/serializer/special-values.js').Builder>} [classes]
   * @returns {any}
   * @throws {UnreadableError}
   */
  loads(stored, classes) {
    this.#keepInstances(classes !== undefined);
    const room = this.core.room(stored.length) >>> 0;
    this.views.current().bytes.set(stored, room);
    const at = this.core.loads() >>> 2;
    const views = this.views.current();
    const kind = views.words[at];
    if (kind === 0) throw new UnreadableError(decoder.decode(this.slice(at + 1)));
    const count = /** @type {number} */ (views.words[at + 1]);
    this.script.begin(views, at + 2);
    if (kind === 1) return this.script.take(count);
    return this.script.takeUnbuilt(count).build(classes ?? {});
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
    const { bytes, words } = this.views.current();
    const address = /** @type {number} */ (words[at]);
    return bytes.subarray(address, address + /** @type {number} */ (words[at + 1]));
  }
}
