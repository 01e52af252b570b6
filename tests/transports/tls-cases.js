/**
 * TLS: verified always, with the answers that a wrong certificate, name or port deserves.
 */
import { equal, ok } from '../support/assert.js';
import { ascii, open, refuses } from './socket.js';

/** @typedef {import('../support/cases.js').Case} Case */

const NEVER_OPENS_MILLISECONDS = 300;

/** @type {Case[]} */
export const cases = [
  {
    name: 'TLS: a host name and a private authority',
    async run(context) {
      await pings(context, secure(context, 'tls', { hostname: 'localhost' }));
    },
  },
  {
    name: 'TLS: an IP address that the certificate names',
    async run(context) {
      await pings(context, secure(context, 'tls'));
    },
  },
  {
    name: 'TLS: a megabyte both ways',
    async run(context) {
      const socket = await open(context.connect, secure(context, 'tls', { hostname: 'localhost' }));
      const value = new Uint8Array(1024 * 1024).map((_, index) => (index * 31) ^ (index >> 8));
      socket.write(ascii(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${value.length}\r\n`));
      socket.write(value);
      socket.write(ascii('\r\nGET k\r\n'));
      equal((await socket.bytes(15 + value.length)).slice(15), value);
      socket.close();
    },
  },
  {
    name: 'TLS: an untrusted certificate is refused',
    async run(context) {
      const error = await refuses(
        context.connect,
        secure(context, 'untrusted', { hostname: 'localhost' }),
      );
      says(context, error, /self.signed|unknownissuer|CaUsedAsEndEntity/i);
    },
  },
  {
    name: 'TLS: an authority that was not given is not trusted',
    except: ['workerd'], // its authorities are those of the process
    async run({ connect, addresses }) {
      const { hostname, tlsPort: port } = addresses.tls;
      await refuses(connect, { hostname, port, tls: true });
    },
  },
  {
    name: 'TLS: a wrong host name is refused',
    async run(context) {
      const error = await refuses(
        context.connect,
        secure(context, 'wrongName', { hostname: 'localhost' }),
      );
      says(context, error, /altname|not valid for name|NotValidForName|does not match/i);
    },
  },
  {
    name: 'TLS: an expired certificate is refused',
    async run(context) {
      const error = await refuses(
        context.connect,
        secure(context, 'expired', { hostname: 'localhost' }),
      );
      says(context, error, /expired/i);
    },
  },
  {
    name: 'TLS: `servername` is verified in place of the host name',
    async run(context) {
      const { connect, runtime } = context;
      const address = secure(
        context,
        'wrongName',
        { hostname: 'localhost' },
        { servername: 'elsewhere.test' },
      );
      if (runtime !== 'workerd') return pings(context, address);
      ok(String(await refuses(connect, address)).includes("'servername'"));
    },
  },
  {
    name: 'TLS: a client certificate',
    async run(context) {
      const { connect, runtime, addresses } = context;
      const { clientCert: cert, clientKey: key } = addresses.pem;
      const address = secure(
        context,
        'clientCertificates',
        { hostname: 'localhost' },
        { cert, key },
      );
      if (runtime === 'workerd') ok(String(await refuses(connect, address)).includes("'cert'"));
      else await pings(context, address);
    },
  },
  {
    name: 'TLS: a client certificate and `servername`, or an error that says which one is unsupported',
    async run(context) {
      const { connect, runtime, addresses } = context;
      const { clientCert: cert, clientKey: key } = addresses.pem;
      const tls = { cert, key, servername: '127.0.0.1.elsewhere.test' };
      const address = secure(context, 'clientCertificates', { hostname: 'localhost' }, tls);
      const error = await refuses(connect, address);
      const told = { deno: /'servername'/, workerd: /'cert'/ };
      ok(/** @type {any} */ (told[runtime] ?? /altnames/i).test(error.message), error.message);
    },
  },
  {
    name: 'TLS: a missing client certificate ends the connection',
    async run(context) {
      const socket = await open(context.connect, secure(context, 'clientCertificates'), {
        wait: false,
      });
      socket.write(ascii('PING\r\n'));
      await socket.closed;
      equal(socket.events.at(-1), 'closed');
    },
  },
  {
    name: 'TLS: a plain port never opens',
    async run(context) {
      const { hostname, port } = context.addresses.open;
      const socket = await open(context.connect, { hostname, port, tls: true }, { wait: false });
      const timer = new Promise((resolve) => setTimeout(resolve, NEVER_OPENS_MILLISECONDS));
      await Promise.race([socket.closed, timer]);
      ok(!socket.events.includes('opened'));
      socket.close();
    },
  },
  {
    name: 'TLS: plain bytes to a TLS port end the connection',
    async run({ connect, addresses }) {
      const { hostname, tlsPort: port } = addresses.tls;
      const socket = await open(connect, { hostname, port });
      socket.write(ascii('PING\r\n'));
      await socket.closed;
      equal(socket.events.at(-1), 'closed');
    },
  },
];

/**
 * The TLS address of a server of the fixtures, whose authority is trusted.
 *
 * @param {any} context
 * @param {string} server
 * @param {object} [address]
 * @param {object} [tls]
 */
function secure({ runtime, addresses }, server, address, tls) {
  const { hostname, tlsPort: port } = addresses[server];
  const trust = runtime === 'workerd' ? {} : { ca: addresses.pem.ca };
  return { hostname, port, ...address, tls: { ...trust, ...tls } };
}

/**
 * @param {any} context
 * @param {any} address
 */
async function pings({ connect }, address) {
  const socket = await open(connect, address);
  socket.write(ascii('PING\r\n'));
  equal(await socket.text(7), '+PONG\r\n');
  socket.close();
}

/**
 * Workers tell no reason; the others do.
 *
 * @param {any} context
 * @param {any} error
 * @param {RegExp} reason
 */
function says({ runtime }, error, reason) {
  if (runtime === 'workerd') return;
  ok(reason.test(`${error.code} ${error.message}`), `${error.code}: ${error.message}`);
}
