import type { BetterAuthOptions } from 'better-auth';
import { RedisCache } from 'cachelib-edge';
import { secondaryStorage } from 'cachelib-edge/adapters/better-auth';

export const storage = secondaryStorage(
  new RedisCache(),
) satisfies BetterAuthOptions['secondaryStorage'];
