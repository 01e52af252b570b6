/**
 * The core without clusters and the cache layer.
 * @module
 */
import {
  __wbg_reset_state as replaceInstance,
  Core,
  initSync,
  Installation,
} from '../../pkg/lite.js';
import { CoreModule } from '../core/instance.js';

export const core = new CoreModule({ replaceInstance, Core, initSync, Installation });
