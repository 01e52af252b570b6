/**
 * TLS with verification, and Unix sockets: `rediss://` and `unix://`.
 */
import { equal, ok } from '../../support/assert.js';
import { collect } from '../../support/collect.js';

export const { cases, test: anywhere } = collect('tls');

const WORKERS = ['workerd'];

/**
 * A bridge carries no TLS.
 *
 * @param {string} name
 * @param {(context: any) => Promise<void>} run
 * @param {{ except?: string[] }} [options]
 */
function test(name, run, { except = [] } = {}) {
  anywhere(name, run, { except: ['browser', ...except] });
}

/** What trusts the fixtures' authority: workerd is told by its environment. */
const trusting = (/** @type {any} */ { runtime, addresses }, more = {}) =>
  runtime === 'workerd' ? more : { ...more, tls: { ca: addresses.pem.ca } };

const urlOf = (/** @type {any} */ { tlsPort }, host = 'localhost') =>
  `rediss://${host}:${tlsPort}/0`;

test('by the scheme, verified', async (context) => {
  const { makeCache, addresses, codes, fixtures } = context;
  const cache = makeCache(trusting(context), urlOf(addresses.tls));
  equal(await cache.set('over-tls', 'value', 10), true);
  equal(await cache.get('over-tls'), 'value');
  equal(codes(), []);
  await fixtures.ask('raw', 'tls', 'FLUSHALL');
});

test(
  'by the option, for an address that the certificate names',
  async ({ makeCache, addresses }) => {
    const { hostname, tlsPort: port } = addresses.tls;
    const cache = makeCache({ port, tls: { ca: addresses.pem.ca }, throwOnError: true }, hostname);
    equal(await cache.get('k'), null);
  },
  { except: WORKERS }, // which verify no addresses
);

test(
  'as bytes, and among other authorities',
  async ({ makeCache, addresses }) => {
    const { ca } = addresses.pem;
    const bytes = new TextEncoder().encode(ca);
    for (const authorities of [bytes, [ca], [addresses.pem.clientCert, bytes]]) {
      const cache = makeCache(
        { tls: { ca: authorities }, throwOnError: true },
        urlOf(addresses.tls),
      );
      equal(await cache.get('k'), null);
    }
  },
  { except: WORKERS },
);

/** @type {[string, string, string][]} */
const CERTIFICATES = [
  ['an untrusted certificate', 'untrusted', 'TLS_UNTRUSTED'],
  ['a certificate for another name', 'wrongName', 'TLS_WRONG_HOST'],
  ['an expired certificate', 'expired', 'TLS_EXPIRED'],
];

for (const [name, server, code] of CERTIFICATES) {
  test(`${name} is refused, and the error says so`, async (context) => {
    const { makeCache, addresses, runtime, reported, codes } = context;
    const cache = makeCache(trusting(context, { maxRetries: 0 }), urlOf(addresses[server]));
    equal(await cache.get('k'), null);
    // workerd tells no reason.
    equal(codes(), [runtime === 'workerd' ? 'CONNECTION_FAILED' : code]);
    ok(reported[0].error.message.includes('certificate'), reported[0].error.message);
  });
}

test('a certificate that is not for the IP address is refused', async (context) => {
  const { makeCache, addresses, runtime, codes } = context;
  const url = urlOf(addresses.wrongName, '127.0.0.1');
  equal(await makeCache(trusting(context, { maxRetries: 0 }), url).get('k'), null);
  equal(codes(), [runtime === 'workerd' ? 'CONNECTION_FAILED' : 'TLS_WRONG_HOST']);
});

test(
  'an authority that was not given is not trusted',
  async ({ makeCache, addresses, codes }) => {
    equal(await makeCache({ maxRetries: 0 }, urlOf(addresses.tls)).get('k'), null);
    equal(codes(), ['TLS_UNTRUSTED']);
  },
  { except: WORKERS }, // whose authorities are those of the process
);

test('`servername` is asked for and verified in place of the host', async (context) => {
  const { makeCache, addresses, runtime, codes } = context;
  const servername = 'elsewhere.test';
  const tls = runtime === 'workerd' ? { servername } : { ca: addresses.pem.ca, servername };
  const cache = makeCache({ tls, maxRetries: 0 }, urlOf(addresses.wrongName));
  equal(await cache.set('k', 1), runtime !== 'workerd');
  equal(codes(), runtime === 'workerd' ? ['UNSUPPORTED'] : []);
});

test('a client certificate', async (context) => {
  const { makeCache, addresses, runtime, codes, reported } = context;
  const { ca, clientCert: cert, clientKey: key } = addresses.pem;
  const tls = runtime === 'workerd' ? { cert, key } : { ca, cert, key };
  const cache = makeCache({ tls, maxRetries: 0 }, urlOf(addresses.clientCertificates));
  equal(await cache.set('k', 1), runtime !== 'workerd');
  equal(codes(), runtime === 'workerd' ? ['UNSUPPORTED'] : []);
  if (runtime === 'workerd') ok(reported[0].error.message.includes("'cert'"));
});

test('a client certificate that is missing', async (context) => {
  const { makeCache, addresses, codes } = context;
  const url = urlOf(addresses.clientCertificates);
  equal(await makeCache(trusting(context, { maxRetries: 0 }), url).get('k'), null);
  equal(codes().length, 1);
  ok(MISSING.includes(codes()[0]), codes()[0]);
});

/** With TLS 1.3 the server refuses once the connection has opened; some runtimes tell why. */
const MISSING = ['TLS_CLIENT_CERTIFICATE', 'CONNECTION_LOST', 'CONNECTION_FAILED'];

anywhere('what is no PEM is refused', async ({ makeCache, library }) => {
  for (const tls of [{ ca: './ca.pem' }, { ca: ['no', 'PEM'] }, { key: new Uint8Array(9) }]) {
    try {
      makeCache({ tls }, 'rediss://localhost');
    } catch (error) {
      ok(error instanceof library.CacheError && /-----BEGIN/.test(String(error)), String(error));
      continue;
    }
    throw new Error(`${JSON.stringify(tls)} was accepted`);
  }
});

const DAMAGED = '-----BEGIN CERTIFICATE-----\nthis is none\n-----END CERTIFICATE-----\n';

for (const [name, options] of /** @type {[string, any][]} */ ([
  ['no certificate', { ca: DAMAGED }],
  ['a certificate without its key', { cert: DAMAGED }],
])) {
  test(`${name} where one is expected: an error, not a hang`, async ({
    makeCache,
    addresses,
    codes,
  }) => {
    const cache = makeCache({ tls: options, maxRetries: 0 }, urlOf(addresses.tls));
    equal(await cache.get('k'), null);
    equal(codes().length, 1);
  });
}

test('TLS against a plain port, and plain against a TLS port, end within the deadline', async (context) => {
  const { makeCache, addresses, reported } = context;
  const options = { connectTimeout: 0.4, operationTimeout: 2, maxRetries: 0 };
  const start = Date.now();
  equal(await makeCache(options, `rediss://localhost:${addresses.open.port}/0`).get('k'), null);
  equal(await makeCache(options, `redis://localhost:${addresses.tls.tlsPort}/0`).get('k'), null);
  ok(Date.now() - start < 4000, `took ${Date.now() - start} ms`);
  equal(reported.length, 2);
  for (const { error } of reported) ok(/TLS/.test(error.message), error.message);
});

test('a Unix socket', async ({ makeCache, addresses, runtime, codes, reported }) => {
  const cache = makeCache({ maxRetries: 0 }, `unix://${addresses.open.socketPath}?db=3`);
  const works = runtime === 'node' || runtime === 'bun';
  equal(await cache.set('k', 1), works);
  equal(await cache.get('k'), works ? 1 : null);
  if (runtime === 'workerd') equal(codes(), ['UNSUPPORTED', 'UNSUPPORTED']);
  if (runtime === 'deno') {
    // It has --allow-net alone here: see tests/transports for a Unix socket in Deno.
    equal(codes(), ['PERMISSION_DENIED', 'PERMISSION_DENIED']);
    ok(reported[0].error.message.includes('--allow-read'), reported[0].error.message);
  }
});

test(
  'a Unix socket that is not there',
  async ({ makeCache, addresses, codes }) => {
    const path = `${addresses.open.socketPath}.not`;
    equal(await makeCache({ maxRetries: 0 }, `unix://${path}`).get('k'), null);
    equal(codes(), ['SOCKET_NOT_FOUND']);
  },
  { except: ['workerd', 'deno'] },
);
