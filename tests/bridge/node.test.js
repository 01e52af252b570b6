/**
 * Node.js 20 has no WebSocket: the error says so.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RedisCache, webSocket } from '../../js/entries/node.js';

test('a runtime without WebSocket', async () => {
  Reflect.deleteProperty(globalThis, 'WebSocket');
  const cache = new RedisCache('localhost', { connector: webSocket('ws://127.0.0.1:1') });
  await assert.rejects(cache.checkConnection(), { code: 'UNSUPPORTED', message: /Node\.js/ });
});
