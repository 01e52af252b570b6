/**
 * The default serializer without a cache around it: js/serializer/ and the wasm module of module/, which has the very sources
 * of the core.
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OperationBuffer } from '../../js/buffer.js';
import { UnreadableError } from '../../js/errors.js';
import { revive } from '../../js/serializer/revive.js';
import { writeValue } from '../../js/serializer/tape.js';
import { root, targetFolder } from '../../scripts/lib/paths.js';
import { run } from '../../scripts/lib/process.js';
import { wasmTargetEnvironment } from '../../scripts/lib/wasm-target.js';
import { ensure } from '../../scripts/setup.js';

const TARGET = 'wasm32-unknown-unknown';
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Compiles the module, unless it is up to date, and gives the two roads of a fresh instance. */
export async function openRoad() {
  await ensure('wasm-target');
  const manifest = join(root, 'tests', 'serializer', 'module', 'Cargo.toml');
  const folder = join(targetFolder, 'serializer');
  const args = ['build', '--quiet', '--release', '--target', TARGET, '--manifest-path', manifest];
  await run('cargo', [...args, '--target-dir', folder], { env: wasmTargetEnvironment() });
  const bytes = readFileSync(join(folder, TARGET, 'release', 'serializer_module.wasm'));
  return new Road(new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports);
}

/** Values to stored bytes and back. */
class Road {
  /** @param {any} exports */
  constructor(exports) {
    const { dumps, keep_instances, loads, memory, room } = exports;
    this.core = { dumps, keepInstances: keep_instances, loads, room };
    this.memory = memory;
    this.keepsInstances = false;
    this.buffer = new OperationBuffer(exports, exports.memory);
    this.bytes = new Uint8Array();
    this.words = new Uint32Array();
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
    const at = this.result(this.core.dumps(...lengths));
    if (this.words[at] === 0) throw new Error('the tape is refused');
    return this.slice(at + 1);
  }

  /** @param {unknown} value */
  dumps(value) {
    return this.dumpsInPlace(value).slice();
  }

  /**
   * @param {Uint8Array} stored
   * @param {Record<string, import('../../js/serializer/revive.js').Builder>} [classes]
   * @returns {any}
   * @throws {UnreadableError}
   */
  loads(stored, classes) {
    this.#keepInstances(classes !== undefined);
    const room = this.core.room(stored.length) >>> 0;
    this.view().set(stored, room);
    const at = this.result(this.core.loads());
    const json = decoder.decode(this.slice(at + 1));
    const kind = this.words[at];
    if (kind === 0) throw new UnreadableError(json);
    const parsed = JSON.parse(json);
    return kind === 1 ? parsed : revive(parsed, this.slice(at + 3), classes);
  }

  /** @param {boolean} keep */
  #keepInstances(keep) {
    if (keep !== this.keepsInstances) this.core.keepInstances(keep);
    this.keepsInstances = keep;
  }

  /**
   * Where a call's result begins in `words`.
   *
   * @param {number} address
   */
  result(address) {
    this.view();
    return address >>> 2;
  }

  /**
   * The bytes whose address and length stand at `at`.
   *
   * @param {number} at
   */
  slice(at) {
    const address = /** @type {number} */ (this.words[at]);
    return this.bytes.subarray(address, address + /** @type {number} */ (this.words[at + 1]));
  }

  view() {
    if (this.bytes.length === 0) {
      this.bytes = new Uint8Array(this.memory.buffer);
      this.words = new Uint32Array(this.memory.buffer);
    }
    return this.bytes;
  }
}
