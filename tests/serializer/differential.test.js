/** A few thousand random values between Python's cachelib and this package. */

import { test } from 'node:test';
import { compare } from './differential.js';

test('2,000 random values each way come back as they were', () => compare(2000, 1));
