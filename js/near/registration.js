/**
 * How a cache learns of tracking: register-tracking.js registers it, so that a Worker without it uploads nothing of it.
 * @module
 */
import { invalidOption } from '../options/check.js';

/** @import { Counters } from '../core/counters.js' */
/** @import { Sockets } from '../core/sockets.js' */
/** @import { Host } from '../core/types.js' */
/** @import { Server, Settings } from '../options/types.js' */
/** @import { NearStore } from './store.js' */
/** @import { Tracking } from './tracking.js' */

/**
 * @typedef {object} TrackingTarget
 * @property {string} prefix of the keys
 * @property {NearStore} store
 * @property {Settings} settings by which errors are reported
 *
 * @typedef {(server: Server, host: Host, counters: Counters, target: TrackingTarget) => (sockets: Sockets) => Tracking} Tracker Makes
 *   what makes the tracking beside the sockets of an I/O context.
 */

/**
 * @type {Tracker}
 * @throws {TypeError} where keys cannot be tracked
 */
export let trackerFor = () => {
  throw invalidOption("option 'near.tracking' needs import 'cachelib-edge/tracking'");
};

/** @param {Tracker} tracker */
export function registerTracking(tracker) {
  trackerFor = tracker;
}
