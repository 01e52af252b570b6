import { RedisCache, webSocket } from 'cachelib-edge';

export const cache = new RedisCache('localhost', {
  connector: webSocket('wss://bridge.example.com/'),
});
