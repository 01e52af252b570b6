import { execFileSync } from 'node:child_process';

execFileSync('npx', ['vitest', 'run'], { stdio: 'inherit' });
