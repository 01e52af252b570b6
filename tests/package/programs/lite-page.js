/** For a page: bundled, and not run. */
import { RedisCache, webSocket } from 'cachelib-edge/lite';

const connector = webSocket('wss://bridge.example.com/');
export const cache = new RedisCache('localhost', { connector });
