/** A React Router application, in framework mode, on its own server. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { startServer } from './application.mjs';

const env = { ...process.env, NODE_ENV: 'production' };
execFileSync('npx', ['react-router', 'build'], { stdio: 'inherit', env });
const serve = 'node_modules/@react-router/serve/dist/cli.js';
const server = await startServer(() => [serve, 'build/server/index.js'], env);
try {
  const visit = async () => {
    const page = (await (await fetch(server.url)).text()).replaceAll('&quot;', '"');
    return Number(/\{"visits":(\d+),"made":\[1,"b"\]\}/.exec(page)?.[1] ?? assert.fail(page));
  };
  const first = await visit();
  assert.equal(await visit(), first + 1);
} finally {
  server.stop();
}
