/** Tests of an application by Jest, as it is set up by default. */

import { execFileSync } from 'node:child_process';

execFileSync('npx', ['jest'], {
  stdio: 'inherit',
  env: { ...process.env, NODE_OPTIONS: '--experimental-vm-modules' },
});
