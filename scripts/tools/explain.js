/** Why a program failed, in one line, where its output shows one of the usual causes. */

/** What the programs that this project calls print when there is no way to a server. */
const NO_NETWORK =
  /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ECONNREFUSED|ECONNRESET|Temporary failure (in name resolution|resolving)|Could not (resolve|connect to)|[Cc]ould ?n[o']t (resolve|connect)|Name or service not known|Network is unreachable|Failed to (connect|establish a new connection)|Connection (refused|timed out)|ProxyError|Proxy CONNECT aborted|(CONNECT|tunnel|Tunnel).{0,40}(failed|40[37]|50\d)/;

const CAUSES = [
  {
    pattern:
      /ENOSPC|EDQUOT|No space left on device|n[o']t have enough free space|Disk quota exceeded/,
    text: () => 'the disk is full: make room, then run this again',
  },
  {
    pattern:
      /SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY)|certificate verify failed|CERTIFICATE_VERIFY_FAILED|SSL certificate problem|self[- ]signed certificate/,
    text: () =>
      'a certificate is not trusted: name your own authority in NODE_EXTRA_CA_CERTS, PIP_CERT and CARGO_HTTP_CAINFO, then run this again',
  },
  {
    pattern: NO_NETWORK,
    text: (/** @type {Record<string, string | undefined>} */ env) => {
      const proxy = proxyIn(env);
      return proxy === null
        ? 'no network: connect, or name your proxy in HTTPS_PROXY, then run this again'
        : `the proxy ${proxy.url} does not let it through: correct ${proxy.name}, or unset it, then run this again`;
    },
  },
  {
    pattern: /EROFS|EACCES|EPERM|Read-only file system|Permission denied|Permission non accordée/,
    text: (/** @type {unknown} */ _env, /** @type {string} */ line) =>
      `a file or folder cannot be written (${line}): give this user the right to, then run this again`,
  },
];

const PROXY_VARIABLES = [
  'HTTPS_PROXY',
  'https_proxy',
  'HTTP_PROXY',
  'http_proxy',
  'ALL_PROXY',
  'all_proxy',
];

/**
 * The usual cause that a program's output shows, and what to do about it; null when it shows none.
 * @param {string} output
 * @param {Record<string, string | undefined>} env
 * @returns {string | null}
 */
export function explain(output, env) {
  for (const { pattern, text } of CAUSES) {
    const line = output.split('\n').find((each) => pattern.test(each));
    if (line !== undefined) return text(env, line.trim().slice(0, 160));
  }
  return null;
}

/**
 * The proxy that the environment names, without its password.
 * @param {Record<string, string | undefined>} env
 */
function proxyIn(env) {
  const name = PROXY_VARIABLES.find((each) => env[each]);
  if (name === undefined) return null;
  return { name, url: (env[name] ?? '').replace(/\/\/[^@/]*@/, '//') };
}
