/** Keyv's own suite for stores. */

import { keyvApiTests, keyvNamespaceTest, keyvValueTests } from '@keyv/test-suite';
import { Keyv } from 'keyv';
import { afterAll, afterEach, beforeEach, it } from 'vitest';
import { RedisCache } from 'cachelib-edge';
import { KeyvStore } from 'cachelib-edge/adapters/keyv';

const cache = new RedisCache(process.env.REDIS_URL);
const store = () => new KeyvStore(cache);
const test = /** @type {any} */ ({ it, beforeEach, afterEach });

keyvApiTests(test, Keyv, store);
keyvValueTests(test, Keyv, store);
keyvNamespaceTest(test, Keyv, store);
afterAll(() => cache.close());
