/**
 * The whole core, with clusters and the cache layer.
 * @module
 */
import {
  __wbg_reset_state as replaceInstance,
  Core,
  initSync,
  Installation,
} from '../../pkg/core.js';
import { CoreModule } from './instance.js';

export const core = new CoreModule({ replaceInstance, Core, initSync, Installation });
