export default {
  compatibilityDate: '2025-06-01',
  experimental: { wasm: true }, // for Workers
  storage: {
    cache: {
      driver: 'cachelib-edge/adapters/unstorage',
      url: process.env.REDIS_URL,
      keyPrefix: 'nitro:',
    },
  },
};
