/**
 * Certificates made with openssl when a test needs them: an authority, a server, a client, and the
 * wrong ones.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * @typedef {object} Certificate PEM files and their texts.
 * @property {string} certFile
 * @property {string} keyFile
 * @property {string} cert
 * @property {string} key
 */

/**
 * `server` is good for `localhost` and 127.0.0.1; `nameOnly` for `localhost` alone, `addressOnly` for 127.0.0.1; `wrongName` for `elsewhere.test` alone; `expired`
 * for `localhost`, in the past; `client` is a client's. All are signed by `authority`, but `untrusted`
 * by itself.
 */
export async function makeCertificates() {
  const folder = await mkdtemp(join(tmpdir(), 'certificates-'));
  const authority = await selfSigned(folder, 'authority', 'basicConstraints=critical,CA:TRUE');
  const sign = signer(folder, authority);
  return {
    authority,
    server: await sign('server', LOCALHOST),
    nameOnly: await sign('name-only', 'subjectAltName=DNS:localhost'),
    addressOnly: await sign('address-only', 'subjectAltName=IP:127.0.0.1'),
    wrongName: await sign('wrong-name', 'subjectAltName=DNS:elsewhere.test'),
    expired: await sign('expired', LOCALHOST, EXPIRED),
    untrusted: await selfSigned(folder, 'untrusted', LOCALHOST),
    client: await sign('client', 'extendedKeyUsage=clientAuth'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

const LOCALHOST = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
const VALID = ['-days', '2'];
const EXPIRED = ['-days', '-1'];

/**
 * @param {string} folder
 * @param {string} name
 * @param {string} extension
 */
async function selfSigned(folder, name, extension) {
  const files = filesOf(folder, name);
  await openssl('req', '-x509', ...NEW_KEY, '-keyout', files.keyFile, '-out', files.certFile,
    '-subj', `/CN=${name}`, '-addext', extension, ...VALID); // prettier-ignore
  return read(files);
}

/**
 * @param {string} folder
 * @param {Certificate} authority
 */
function signer(folder, authority) {
  return async (/** @type {string} */ name, /** @type {string} */ extension, period = VALID) => {
    const files = filesOf(folder, name);
    const request = join(folder, `${name}.csr`);
    const extensions = join(folder, `${name}.ext`);
    await writeFile(extensions, `${extension}\nbasicConstraints=CA:FALSE\n`);
    await openssl(
      'req',
      ...NEW_KEY,
      '-keyout',
      files.keyFile,
      '-out',
      request,
      '-subj',
      `/CN=${name}`,
    );
    await openssl('x509', '-req', '-in', request, '-out', files.certFile, '-extfile', extensions,
      '-CA', authority.certFile, '-CAkey', authority.keyFile, '-CAcreateserial', ...period); // prettier-ignore
    return read(files);
  };
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** @param {...string} args */
async function openssl(...args) {
  await run('openssl', args);
}

/**
 * @param {string} folder
 * @param {string} name
 */
function filesOf(folder, name) {
  return { certFile: join(folder, `${name}.crt`), keyFile: join(folder, `${name}.key`) };
}

/** @param {{ certFile: string, keyFile: string }} files */
async function read({ certFile, keyFile }) {
  const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
  return { certFile, keyFile, cert, key };
}
