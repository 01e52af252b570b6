import { fileURLToPath } from 'node:url';

export default {
  cacheComponents: true,
  cacheHandlers: { default: fileURLToPath(new URL('cache-handler.mjs', import.meta.url)) },
  // Next bundles with Turbopack; packages that hold WebAssembly may stay outside.
  serverExternalPackages: ['cachelib-edge'],
};
