import { cloudflareTest } from '@cloudflare/vitest-pool-workers';
import { defineConfig } from 'vitest/config';
import { vitestPoolWorkers } from 'cachelib-edge/testing/vite';

const workers = cloudflareTest({
  main: './worker.js',
  miniflare: { compatibilityDate: '2025-06-01', bindings: { REDIS_URL: process.env.REDIS_URL } },
});

export default defineConfig({ plugins: [vitestPoolWorkers(), workers] });
