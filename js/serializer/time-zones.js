/**
 * Dates of Python's `zoneinfo`, by the runtime's time zone database.
 * @module
 */
import { UnreadableError } from '../errors/classes.js';

const DAY = 86_400_000;
/** How many formats are cached. */
const MAX_FORMATS = 50;

/** By name of the zone. @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/**
 * The instant of a local time, as Python computes it: https://peps.python.org/pep-0495/
 *
 * @param {number} local milliseconds since 1970, as if it were UTC
 * @param {number} fold 1 for the second of two equal local times, or after a gap
 * @param {string} zone
 */
export function zonedDate(local, fold, zone) {
  const before = offsetAt(local - DAY, zone);
  const after = offsetAt(local + DAY, zone);
  if (before === after) return new Date(local - before);
  const isBefore = offsetAt(local - before, zone) === before;
  const isAfter = offsetAt(local - after, zone) === after;
  // Both hold in an overlap, none in a gap.
  const isLater = isBefore === isAfter ? fold === 1 : isAfter;
  return new Date(local - (isLater ? after : before));
}

/**
 * @param {number} time milliseconds since 1970
 * @param {string} zone
 * @returns {number} what local time is ahead of UTC, in milliseconds
 */
function offsetAt(time, zone) {
  const parts = formatFor(zone).formatToParts(time);
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value;
  const [, sign, hours, minutes, seconds = 0] = /([+-])(\d+):(\d+):?(\d+)?/.exec(name ?? '') ?? [];
  const size = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  // UTC is called GMT alone.
  if (sign === undefined) return 0;
  return sign === '-' ? -size : size;
}

/** @param {string} zone */
function formatFor(zone) {
  const known = formats.get(zone);
  if (known) return known;
  try {
    const made = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    if (formats.size >= MAX_FORMATS) formats.clear();
    formats.set(zone, made);
    return made;
  } catch (cause) {
    throw new UnreadableError(`the stored value holds a datetime of an unknown zone: ${zone}`, {
      cause,
    });
  }
}
