/** A module of the package that is not its main one. It is compiled, and never run. */
import { RedisCache, useModule } from 'cachelib-edge/slim';

useModule(new Uint8Array());
void new RedisCache('localhost');
