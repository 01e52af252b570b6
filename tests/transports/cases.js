/**
 * How every transport behaves, alone, against real servers: raw RESP over the transport contract.
 */
import { equal, ok } from '../support/assert.js';
import { ascii, open, refuses } from './socket.js';

/** @typedef {import('../support/cases.js').Case} Case */

const MEGABYTE = 1024 * 1024;

/** Where the transport is a bridge, which opens before it connects to the server. */
const OPENS_FIRST = ['node 22'];

/** @type {Case[]} */
export const cases = [
  {
    name: 'moves bytes both ways',
    async run({ connect, addresses }) {
      const socket = await open(connect, addresses.open);
      socket.write(ascii('PING\r\nSET k v\r\nGET k\r\n'));
      equal(await socket.text(18), '+PONG\r\n+OK\r\n$1\r\nv\r\n'.slice(0, 18));
      socket.close();
    },
  },
  {
    name: 'connects to a host by name',
    async run({ connect, addresses }) {
      const socket = await open(connect, { ...addresses.open, hostname: 'localhost' });
      socket.write(ascii('PING\r\n'));
      equal(await socket.text(7), '+PONG\r\n');
      socket.close();
    },
  },
  {
    name: 'reports a refused connection',
    except: OPENS_FIRST,
    async run({ connect, addresses }) {
      await refuses(connect, { hostname: '127.0.0.1', port: addresses.closedPort });
    },
  },
  {
    name: 'reports an unknown host',
    except: OPENS_FIRST,
    async run({ connect }) {
      await refuses(connect, { hostname: 'no-such-host.invalid', port: 6379 });
    },
  },
  {
    name: 'reports the end of the stream as closed(null), after the last bytes',
    async run({ connect, addresses }) {
      const socket = await open(connect, addresses.open);
      socket.write(ascii('PING\r\nQUIT\r\n'));
      equal(await socket.text(12), '+PONG\r\n+OK\r\n');
      equal(await socket.closed, null);
    },
  },
  {
    name: 'reports a connection that is reset once, and nothing after it',
    async run({ connect, fixtures }) {
      const faulty = await fixtures.ask('faulty', 'resetting');
      const socket = await open(connect, faulty);
      socket.write(ascii('PING\r\n'));
      await socket.closed;
      socket.write(ascii('PING\r\n'));
      await pause(50);
      equal(socket.events, ['opened', 'closed']);
    },
  },
  {
    name: 'sends no event after close()',
    async run({ connect, fixtures }) {
      const proxy = await fixtures.ask('proxy', 'open', { delay: 30 });
      const socket = await open(connect, proxy);
      socket.write(ascii('PING\r\n'));
      await pause(40);
      socket.close();
      socket.close();
      await pause(60);
      equal(socket.events, ['opened']);
    },
  },
  {
    name: 'takes ref() and unref() before it has opened and after it has ended, as often as calls come and go',
    async run({ connect, addresses }) {
      const { process } = /** @type {any} */ (globalThis);
      /** @type {string[]} */
      const warnings = [];
      const onWarning = (/** @type {any} */ { name }) => warnings.push(name);
      process?.on?.('warning', onWarning);
      const callsComeAndGo = () => {
        for (let call = 0; call < 20; call++) {
          socket.connection.unref?.();
          socket.connection.ref?.();
        }
      };
      const socket = await open(connect, addresses.open, { wait: false });
      callsComeAndGo();
      socket.write(ascii('PING\r\n'));
      equal(await socket.text(7), '+PONG\r\n');
      socket.close();
      callsComeAndGo();
      await pause(20);
      callsComeAndGo();
      process?.off?.('warning', onWarning);
      equal(warnings, []);
    },
  },
  {
    name: 'can be closed before it has opened',
    async run({ connect, addresses }) {
      const socket = await open(connect, addresses.open, { wait: false });
      socket.close();
      await pause(50);
      equal(socket.events, []);
    },
  },
  .../** @type {const} */ (['opened', 'received']).map((event) => ({
    name: `can be closed, twice, and written to inside ${event}()`,
    async run(/** @type {any} */ { connect, addresses }) {
      const socket = await open(connect, addresses.open, {
        wait: false,
        on: {
          [event](/** @type {any} */ connection) {
            connection.close();
            connection.close();
            connection.write(ascii('PING\r\n'));
          },
        },
      });
      socket.write(ascii('PING\r\n'));
      await pause(100);
      socket.write(ascii('PING\r\n'));
      socket.close();
      await pause(20);
      equal(socket.events, ['opened']);
    },
  })),
  {
    name: 'can be closed and written to inside closed()',
    async run({ connect, fixtures, addresses }) {
      const on = {
        closed(/** @type {any} */ connection) {
          connection?.close();
          connection?.write(ascii('PING\r\n'));
          connection?.close();
        },
      };
      const faulty = await fixtures.ask('faulty', 'resetting');
      const socket = await open(connect, faulty, { on });
      socket.write(ascii('PING\r\n'));
      await socket.closed;
      const refused = { hostname: '127.0.0.1', port: addresses.closedPort };
      const other = await open(connect, refused, { wait: false, on });
      await other.closed;
      await pause(50);
      equal(socket.events, ['opened', 'closed']);
      equal(other.events.at(-1), 'closed');
      equal(other.events.filter((event) => event === 'closed').length, 1);
    },
  },
  {
    name: 'takes a write inside received()',
    async run({ connect, addresses }) {
      let rest = 3;
      const on = {
        received(/** @type {any} */ connection) {
          if (rest-- > 0) connection.write(ascii('PING\r\n'));
        },
      };
      const socket = await open(connect, addresses.open, { on });
      socket.write(ascii('PING\r\n'));
      equal(await socket.text(28), '+PONG\r\n'.repeat(4));
      socket.close();
    },
  },
  {
    name: 'keeps large writes in order while the server reads slowly',
    async run({ connect, addresses, fixtures }) {
      const socket = await open(connect, addresses.open);
      const parts = 24;
      for (let part = 0; part < parts; part++) {
        socket.write(
          ascii(`*3\r\n$3\r\nSET\r\n$2\r\nk${String.fromCharCode(97 + part)}\r\n$${MEGABYTE}\r\n`),
        );
        socket.write(pattern(part));
        socket.write(ascii('\r\n'));
      }
      equal(await socket.text(parts * 5), '+OK\r\n'.repeat(parts));
      for (let part = 0; part < parts; part += 7) {
        const stored = await fixtures.ask(
          'raw',
          'open',
          'GET',
          `k${String.fromCharCode(97 + part)}`,
        );
        equal(stored, pattern(part), `part ${part}`);
      }
      socket.close();
    },
  },
  {
    name: 'receives a large reply whole',
    async run({ connect, addresses }) {
      const socket = await open(connect, addresses.open);
      const value = pattern(3);
      socket.write(ascii(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${value.length}\r\n`));
      socket.write(value);
      socket.write(ascii('\r\nGET k\r\nGET k\r\n'));
      const reply = 10 + value.length + 2;
      const bytes = await socket.bytes(5 + 2 * reply);
      equal(bytes.slice(15, 15 + value.length), value);
      equal(bytes.slice(15 + reply, 15 + reply + value.length), value);
      socket.close();
    },
  },
  {
    name: 'bytes can be written before the connection has opened',
    async run({ connect, addresses }) {
      const socket = await open(connect, addresses.open, { wait: false });
      socket.write(ascii('PING\r\n'));
      equal(await socket.text(7), '+PONG\r\n');
      socket.close();
    },
  },
  {
    name: 'connects over a Unix socket, or reports that it cannot',
    async run({ connect, addresses, runtime }) {
      const address = { path: addresses.open.socketPath };
      if (runtime === 'workerd' || runtime === 'a bridge') {
        ok(String(await refuses(connect, address)).includes('Unix socket'));
        return;
      }
      const socket = await open(connect, address);
      socket.write(ascii('PING\r\n'));
      equal(await socket.text(7), '+PONG\r\n');
      socket.close();
    },
  },
  {
    name: 'never throws, whatever the address',
    except: OPENS_FIRST,
    async run({ connect }) {
      await refuses(connect, { hostname: '', port: -1 });
      await refuses(connect, { hostname: 'a b', port: 70_000 });
    },
  },
];

/** @param {number} seed a megabyte that is different at every place */
function pattern(seed) {
  const bytes = new Uint8Array(MEGABYTE);
  for (let index = 0, state = seed + 1; index < bytes.length; index++) {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    bytes[index] = state >> 16;
  }
  return bytes;
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
