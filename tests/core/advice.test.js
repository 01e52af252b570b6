/**
 * What runtimes say when there is no connection, word for word, and the advice that each gets.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RedisCache as BrowserCache } from '../../js/entries/browser.js';
import { SOCKET_CAUSES, WORKERD_CAUSES } from '../../js/errors/advice.js';
import { errorFromCore, invalidTimeout } from '../../js/errors/from-core.js';

/** @param {string} message @param {string} [code] */
const said = (message, code) => Object.assign(new Error(message), code && { code });

/** @type {[who: string, cause: Error, code: string, advice: RegExp][]} */
const CASES = [
  ['Node', said('connect ECONNREFUSED 127.0.0.1:1', 'ECONNREFUSED'), 'CONNECTION_REFUSED', /is the server running/],
  ['Node with --permission', said('Access to this API has been restricted. Use --allow-net to manage permissions.', 'ERR_ACCESS_DENIED'), 'PERMISSION_DENIED', /--permission.*--allow-net/],
  ['Node, TLS broken off', said('Client network socket disconnected before secure TLS connection was established', 'ECONNRESET'), 'CONNECTION_FAILED', /before it stood/],
  ['Deno, TLS broken off', said('peer closed connection without sending TLS close_notify: UnexpectedEof'), 'CONNECTION_FAILED', /before it stood/],
  ['Node, another protocol', said('write EPROTO 80:error:0A00010B:SSL routines:ssl3_get_record:wrong version number', 'EPROTO'), 'TLS_FAILED', /does the port speak it/],
  ['Deno, its own authority', said('invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))'), 'TLS_UNTRUSTED', /an authority has signed/],
  ['Deno, X.509 v1', said('invalid peer certificate: Other(OtherError(UnsupportedCertVersion))'), 'TLS_UNTRUSTED', /version 3/],
  ['Deno, unknown authority', said('invalid peer certificate: UnknownIssuer'), 'TLS_UNTRUSTED', /as tls\.ca/],
  ['workerd', said('proxy request failed, cannot connect to the specified address'), 'CONNECTION_FAILED', /host and port, that the server runs, and its certificate/],
]; // prettier-ignore

describe('advice', () => {
  const address = { hostname: 'h', port: 1, tls: true };
  for (const [who, cause, code, advice] of CASES) {
    test(who, () => {
      const causes = who === 'workerd' ? WORKERD_CAUSES : SOCKET_CAUSES;
      const error = errorFromCore('UNREACHABLE', '', { address, timeoutMs: 1, cause, causes });
      assert.equal(error.code, code);
      assert.match(error.message, advice);
      assert.equal(error.cause, cause);
    });
  }

  test("a browser's build in Node", () => {
    assert.throws(() => new BrowserCache('redis://h'), {
      code: 'NO_CONNECTOR',
      message: /build for browsers.*'node'/,
    });
  });

  test('a timeout that is too long names the limit', () => {
    assert.match(invalidTimeout().message, /9007199254740/);
  });
});
