/**
 * Dates of Python's `zoneinfo`, by the runtime's time zone database.
 * @module
 */
import { UnreadableError } from '../errors/classes.js';

const DAY = 86_400_000;
/** More than there are zones: making a format takes a millisecond and 50 KB. */
const MAX_FORMATS = 1000;
/** How many offsets are remembered for each zone: computing one takes 50 µs. */
const MAX_OFFSETS = 10_000;

/** @typedef {{ format: Intl.DateTimeFormat, offsets: Map<number, number> }} Zone `offsets` by time */

/** By name in lower case. @type {Map<string, Zone>} */
const zones = new Map();

/**
 * The instant of a local time, as Python computes it: https://peps.python.org/pep-0495/
 *
 * @param {number} local milliseconds since 1970, as if it were UTC
 * @param {number} fold 1 for the second of two equal local times, or after a gap
 * @param {string} name the zone's
 * @throws {UnreadableError} for an unknown zone
 */
export function zonedDate(local, fold, name) {
  const zone = zoneNamed(name);
  // No offset changes twice within three days. Whole days are the same for many times.
  const day = Math.floor(local / DAY) * DAY;
  const before = knownOffset(zone, day - DAY);
  const after = knownOffset(zone, day + 2 * DAY);
  if (before === after) return new Date(local - before);
  const isBefore = offsetAt(zone, local - before) === before;
  const isAfter = offsetAt(zone, local - after) === after;
  // Both hold in an overlap, none in a gap.
  const isLater = isBefore === isAfter ? fold === 1 : isAfter;
  return new Date(local - (isLater ? after : before));
}

/**
 * @param {Zone} zone
 * @param {number} time
 */
function knownOffset(zone, time) {
  const { offsets } = zone;
  const known = offsets.get(time);
  if (known !== undefined) return known;
  const offset = offsetAt(zone, time);
  if (offsets.size >= MAX_OFFSETS) offsets.clear();
  offsets.set(time, offset);
  return offset;
}

/**
 * @param {Zone} zone
 * @param {number} time milliseconds since 1970
 * @returns {number} what local time is ahead of UTC, in milliseconds
 */
function offsetAt({ format }, time) {
  const parts = format.formatToParts(time);
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value;
  const [, sign, hours, minutes, seconds = 0] = /([+-])(\d+):(\d+):?(\d+)?/.exec(name ?? '') ?? [];
  const size = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  // UTC is called GMT alone.
  if (sign === undefined) return 0;
  return sign === '-' ? -size : size;
}

/** @param {string} name */
function zoneNamed(name) {
  const key = name.toLowerCase();
  const known = zones.get(key);
  if (known) return known;
  // Runtimes take offsets too, of which there are too many. Zones begin with a letter.
  if (!/^[a-z]/.test(key)) throw unknownZone('');
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
    const zone = { format, offsets: new Map() };
    if (zones.size >= MAX_FORMATS) zones.clear();
    zones.set(key, zone);
    return zone;
  } catch {
    throw unknownZone(name);
  }
}

/** @param {string} name shown if it looks like the name of a zone: otherwise it could be anything */
function unknownZone(name) {
  const shown = /^[A-Za-z_]{1,20}(\/[A-Za-z_]{1,20}){0,2}$/.test(name) ? `: ${name}` : '';
  return new UnreadableError(`the stored value holds a datetime of an unknown zone${shown}`);
}
