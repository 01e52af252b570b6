/**
 * For tests of Workers in `@cloudflare/vitest-pool-workers`: Vite takes an imported .wasm file for an ES module there, where
 * workerd gives its compiled module.
 *
 * ```js
 * // vitest.config.js
 * import { cloudflareTest } from '@cloudflare/vitest-pool-workers';
 * import { defineConfig } from 'vitest/config';
 * import { vitestPoolWorkers } from 'cachelib-edge/testing/vite';
 *
 * export default defineConfig({ plugins: [vitestPoolWorkers(), cloudflareTest({ main: 'worker.js' })] });
 * ```
 *
 * @module
 */
import { readFileSync } from 'node:fs';

/** The binding by which the pool itself runs code, and which compiles WebAssembly too. */
const BINDING = '__VITEST_POOL_WORKERS_UNSAFE_EVAL';

/**
 * A plugin for Vite 7 and newer that gives this package its compiled module.
 *
 * @returns {{ name: string, enforce: 'pre', load: (id: string) => string | null }}
 */
export function vitestPoolWorkers() {
  return {
    name: 'cachelib-edge',
    enforce: 'pre',
    load(id) {
      if (!/cachelib-edge\/pkg\/(core|lite)_bg\.wasm$/.test(id)) return null;
      const base64 = readFileSync(id, 'base64');
      return `import { env } from 'cloudflare:workers';
const bytes = Uint8Array.from(atob('${base64}'), (character) => character.charCodeAt(0));
export default env.${BINDING}.newWasmModule(bytes);
`;
    },
  };
}
