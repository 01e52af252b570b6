/**
 * What is told of a node: its address, and why its connection ended. Its number may come to stand for another address.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Installation } from '../../js/core/installation.js';
import { locateNode } from '../../js/options/node-address.js';
import { Sockets } from '../../js/core/sockets.js';

const NODE = 5;

/** The second connection of the node, and of others. */
const connection = (/** @type {number} */ serial) => (serial << 12) | NODE;

function start() {
  /** @type {import('../../js/transports/types.js').Events[]} */
  const transports = [];
  const seed = { hostname: 'seed', port: 6379, tls: false };
  const locate = (/** @type {number} */ index, /** @type {string | null} */ text) =>
    locateNode({ seeds: [seed], tls: false, nodeAddressMap: undefined }, index, text);
  const server = { address: seed, core: { mode: 1 }, locate };
  const installation = new Installation(/** @type {any} */ (server));
  const sockets = new Sockets(
    (_, events) => (transports.push(events), { write() {}, close() {} }),
    installation,
    /** @type {any} */ ({}),
    {
      isBusy: () => false,
      isClosed: () => false,
      opened() {},
      received() {},
      progressed() {},
      closed() {},
    },
  );
  const errorOf = () =>
    installation.errorOf(
      /** @type {any} */ (['UNREACHABLE', '', 0, NODE, 0, 0]),
      /** @type {any} */ ({ settings: {} }),
    );
  return { sockets, transports, errorOf };
}

test('the reason of a connection that ended is told until the next one opens', () => {
  const { sockets, transports, errorOf } = start();
  const reason = new Error('refused');
  sockets.open(connection(1), 0, 'a:1');
  transports[0]?.closed(reason);
  assert.equal(errorOf().cause, reason);
  assert.match(errorOf().message, /a:1/);
  sockets.open(connection(2), 0, 'a:1');
  assert.equal(errorOf().cause, reason);
  transports[1]?.opened();
  assert.equal(errorOf().cause, undefined);
});

test('a number that stands for another address: nothing of the former one is told of it', () => {
  const { sockets, transports, errorOf } = start();
  sockets.open(connection(1), 0, 'a:1');
  sockets.open(connection(2), 0, 'a:1');
  transports[0]?.closed(new Error('refused'));
  sockets.open(connection(3), 0, 'b:2');
  assert.equal(errorOf().cause, undefined);
  assert.match(errorOf().message, /b:2/);
  transports[1]?.closed(new Error('reset, late'));
  assert.equal(errorOf().cause, undefined);
});
