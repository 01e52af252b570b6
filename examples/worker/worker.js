/**
 * The example: a page, and a small JSON API beneath it, on one cache that Python's cachelib uses too.
 * @module
 */
import { env } from 'cloudflare:workers';
import { RedisCache } from 'cachelib-edge';
import { Calls } from './calls.js';
import { TIMEOUT, fragment } from './fragment.js';
import { LONGEST_KEY, clear, count, read, remove, write } from './keys.js';
import { fragmentCard, page, pythonCard } from './page.js';
import { BadInput, explain } from './problems.js';
import { fromPython } from './python.js';

/** Made once for all requests: it opens nothing before the first call. */
const cache = new RedisCache(env.REDIS_URL, {
  keyPrefix: 'example:',
  operationTimeout: 2,
  throwOnError: true,
});

/** @type {Record<string, (request: Request, calls: Calls) => Promise<object>>} */
const api = {
  'GET /api/keys': async (request, calls) => read(calls, keysOf(request)),
  'PUT /api/keys': async (request, calls) => write(calls, keyOf(request), await body(request)),
  'POST /api/keys': async (request, calls) => count(calls, keyOf(request), await body(request)),
  'DELETE /api/keys': async (request, calls) => {
    const [key] = keysOf(request);
    return key === undefined ? clear(calls) : remove(calls, key);
  },
  'GET /api/python': async (_request, calls) => {
    const python = await fromPython(calls);
    return {
      html: String(pythonCard(python)),
      expiresIn: python.expiresIn,
      timeout: python.timeout,
    };
  },
  'GET /api/fragment': async (_request, calls) => {
    const drawn = await fragment(calls);
    return { html: String(fragmentCard(drawn)), expiresIn: drawn.expiresIn, timeout: TIMEOUT };
  },
};

export default {
  /** @param {Request} request */
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === '/' && request.method === 'GET') return front();
    const handler = api[`${request.method} ${pathname}`];
    if (handler === undefined) return new Response('Not found\n', { status: 404 });
    return answer(request, handler);
  },
};

/** The page. It comes out whole without Redis too: cards say what is wrong in place of what they cannot show. */
async function front() {
  const calls = new Calls(cache);
  const [python, drawn] = await Promise.all([fromPython(calls), fragment(calls)]);
  return new Response(String(page({ python, drawn, calls: calls.list })), {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'self'; base-uri 'none'; form-action 'self'",
      'cache-control': 'no-store',
    },
  });
}

/**
 * @param {Request} request
 * @param {(request: Request, calls: Calls) => Promise<object>} handler
 */
async function answer(request, handler) {
  const calls = new Calls(cache);
  try {
    return Response.json({ ...(await handler(request, calls)), calls: calls.list });
  } catch (error) {
    const { status, ...problem } = explain(error);
    return Response.json({ problem, calls: calls.list }, { status });
  }
}

/** @param {Request} request */
function keysOf(request) {
  const keys = new URL(request.url).searchParams.getAll('key');
  if (keys.some((key) => key.length > LONGEST_KEY)) {
    throw new BadInput(`A key has at most ${LONGEST_KEY} characters here.`);
  }
  return keys;
}

/** @param {Request} request */
function keyOf(request) {
  const [key] = keysOf(request);
  if (key === undefined) throw new BadInput('Which key? Name it as ?key=');
  return key;
}

/** @param {Request} request */
async function body(request) {
  const parsed = await request.json().catch(() => null);
  if (typeof parsed !== 'object' || parsed === null) throw new BadInput('The body must be JSON.');
  return parsed;
}
