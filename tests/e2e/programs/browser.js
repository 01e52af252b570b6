import * as library from '../../../js/entries/browser.js';
import { runCases } from '../../support/cases.js';
import { preparing } from '../context.js';
import { cases } from '../suite.js';

const query = new URLSearchParams(location.search);
const connect = library.webSocket(`${query.get('bridge')}?address={address}`);

/** With a bridge where other runtimes have sockets, so that no case need mention it. */
class RedisCache extends library.RedisCache {
  static host = { ...library.RedisCache.host, connect };
}

await runCases(
  query.get('fixtures') ?? '',
  cases,
  preparing('browser', { ...library, RedisCache }),
);
