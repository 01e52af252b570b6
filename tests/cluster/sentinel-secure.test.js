/**
 * Sentinels and servers with TLS, and with users of their own.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeCertificates } from '../support/certificates.js';
import { startSentinels } from '../support/sentinel.js';
import { makeCache } from './support.js';

const PASSWORD = 'p@ss w/örd:?#%&';
/** What a Sentinel's user must be allowed, as docs/cluster.md says. */
const WATCHER =
  '-@all +client|setname +sentinel|get-master-addr-by-name +sentinel|replicas on >watch:me';
const sentinel = { username: 'watcher', password: 'watch:me' };

describe('Sentinels with TLS and users', () => {
  /** @type {Awaited<ReturnType<typeof makeCertificates>>} */
  let certificates;
  /** @type {import('../support/sentinel.js').Sentinels} */
  let group;
  /** @type {string} */
  let url;
  /** @type {{ ca: string }} */
  let tls;
  before(async () => {
    certificates = await makeCertificates();
    const { authority, server } = certificates;
    tls = { ca: authority.cert };
    group = await startSentinels({
      password: PASSWORD,
      sentinelPassword: 'default:user',
      sentinelUsers: { watcher: WATCHER },
      tls: { ca: authority.certFile, cert: server.certFile, key: server.keyFile },
    });
    url = `rediss+sentinel://:${encodeURIComponent(PASSWORD)}@${group.secureAddresses}/mymaster/0`;
  });
  after(() => Promise.all([group?.stop(), certificates?.remove()]));

  /** @param {ReturnType<typeof makeCache>} made */
  async function works({ cache, codes }) {
    assert.equal(await cache.set('key', 1), true, codes().join());
    await group.until(async () => (await cache.get('key')) === 1);
    assert.deepEqual(codes(), []);
  }

  test('TLS to Sentinels, primary and replica, and a user of the Sentinels', async (t) => {
    const made = makeCache(t, url, { tls, sentinel, readFrom: 'preferReplica' });
    await works(made);
    const { addresses } = made.traffic;
    assert.equal(addresses.length, 3);
    assert.ok(addresses.every((address) => address.tls !== false));
    const [secure] = addresses;
    assert.ok(group.sentinels.some(({ tlsPort }) => tlsPort === secure?.port));
  });

  test('TLS to the servers alone', async (t) => {
    const host = group.addresses.split(',');
    const { traffic, ...made } = makeCache(t, host, {
      password: PASSWORD,
      tls,
      sentinel: { ...sentinel, name: 'mymaster', tls: false },
    });
    await works({ traffic, ...made });
    assert.deepEqual(
      traffic.addresses.map((address) => address.tls !== false),
      [false, true],
    );
  });

  test("a certificate authority of the Sentinels' own", async (t) => {
    await works(makeCache(t, url, { tls, sentinel: { ...sentinel, tls } }));
    const other = { ca: certificates.untrusted.cert };
    for (const [options, name] of /** @type {const} */ ([
      [{ tls, sentinel: { ...sentinel, tls: other } }, /^sentinel at localhost:/],
      [{ tls: other, sentinel: { ...sentinel, tls } }, /^redis at 127\.0\.0\.1:/],
    ])) {
      const { cache, errors, codes } = makeCache(t, url, options);
      assert.equal(await cache.set('key', 1), false);
      assert.deepEqual(codes(), ['TLS_UNTRUSTED']);
      assert.match(errors[0].message, name);
    }
  });

  test('a user that the Sentinels do not have, and one who may not ask them', async (t) => {
    const { password } = sentinel;
    for (const [username, code] of /** @type {const} */ ([
      ['nobody', 'WRONGPASS'],
      ['limited', 'NOPERM'],
    ])) {
      const rules = ['-@all', '+client|setname', 'on', `>${password}`];
      for (const index of group.sentinels.keys()) {
        await group.ask(index, 'ACL', 'SETUSER', 'limited', ...rules);
      }
      const { cache, errors, codes } = makeCache(t, url, { tls, sentinel: { username, password } });
      assert.equal(await cache.set('key', 1), false);
      assert.deepEqual(codes(), [code]);
      assert.match(errors[0].message, /^sentinel at .*option 'sentinel'/);
    }
  });
});
