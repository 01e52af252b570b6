//! Dates and times.

use super::{Constructor, fail_of_class, to_int};
use crate::calendar::{self, DAY};
use crate::integer;
use crate::pickle::node::{Id, Kind, Node, SCRATCH};

/// The longest name in the database has 32 characters.
const MAX_ZONE_NAME: usize = 64;

/// The length of `isoformat()` of a time: 15 characters, and 16 of an offset.
const MAX_ISO_FORMAT: usize = 31;

/// Of a zone: without a date it has no offset.
const DATED: u16 = 1;

/// Microseconds.
const HOUR: i64 = DAY / 24;
const MINUTE: i64 = HOUR / 60;
const SECOND: i64 = MINUTE / 60;

impl Constructor<'_> {
    /// Ten bytes: year, month (its top bit is `fold`), day, hour, minute, second, microsecond; a zone when aware.
    pub(crate) fn datetime(mut self, state: Id, zone: Option<Id>) -> Option<Id> {
        let mut bytes = <[u8; 10]>::try_from(self.bytes(state)?).ok()?;
        let fold = bytes[2] >> 7;
        bytes[2] &= 0x7f;
        let date = calendar::date_from_bytes(&bytes[..4])?;
        let time = calendar::time_from_bytes(&bytes[4..])?;
        let local = date * DAY + time;
        if let Some(zone) = zone.and_then(|zone| self.arena.of_kind(zone, Kind::NamedZone)) {
            return self.zoned(local, fold, zone);
        }
        let offset = self.offset(zone)?.unwrap_or(0);
        self.arena.add_wide(Kind::DateTime, local - offset)
    }

    fn zoned(self, local: i64, fold: u8, zone: Node) -> Option<Id> {
        let name = self.arena.range(zone, self.input).to_vec();
        let start = self.arena.scratch.len();
        self.arena.push_scratch(&local.to_le_bytes())?;
        self.arena.push_scratch(&[fold])?;
        self.arena.push_scratch(&name)?;
        self.arena.add(Kind::ZonedTime, SCRATCH, start as u32, self.arena.scratch.len() as u32)
    }

    /// A zone of the time zone database, whose names are short and of few characters.
    pub(crate) fn named_zone(self, name: Id) -> Option<Id> {
        let node = self.arena.of_kind(name, Kind::Str)?;
        let name = self.arena.range(node, self.input);
        let is_usual = |byte: &u8| byte.is_ascii_alphanumeric() || b"/_+-".contains(byte);
        if name.len() > MAX_ZONE_NAME || !name.iter().all(is_usual) {
            return None;
        }
        self.arena.add(Kind::NamedZone, node.flags, node.a, node.b)
    }

    pub(crate) fn date(mut self, state: Id) -> Option<Id> {
        let days = calendar::date_from_bytes(self.bytes(state)?)?;
        let (year, month, day) = calendar::civil_from_days(days);
        let out = self.scratch_for(MAX_ISO_FORMAT)?;
        let start = out.len();
        push_padded(year.into(), 4, out);
        out.push(b'-');
        push_padded(month.into(), 2, out);
        out.push(b'-');
        push_padded(day.into(), 2, out);
        self.derived(start)
    }

    /// Six bytes: hour (its top bit is `fold`), minute, second, microsecond; a zone when aware. Becomes `isoformat()`.
    pub(crate) fn time(mut self, state: Id, zone: Option<Id>) -> Option<Id> {
        let mut bytes = <[u8; 6]>::try_from(self.bytes(state)?).ok()?;
        bytes[0] &= 0x7f;
        let micros = calendar::time_from_bytes(&bytes)?;
        // Without a date, a zone of changing times has no offset.
        let is_dated = |node: Node| node.kind == Kind::Zone && node.c == DATED;
        let zone = zone.filter(|&zone| !self.arena.node(zone).is_some_and(is_dated));
        let offset = self.offset(zone)?;
        let out = self.scratch_for(MAX_ISO_FORMAT)?;
        let start = out.len();
        push_clock(micros, true, out);
        if let Some(offset) = offset {
            push_offset(offset, out);
        }
        self.derived(start)
    }

    /// A zone's UTC offset in microseconds; `None` without a zone.
    pub(crate) fn offset(&mut self, zone: Option<Id>) -> Option<Option<i64>> {
        let Some(zone) = zone.filter(|&zone| zone != Id::NONE) else { return Some(None) };
        match self.arena.node(zone) {
            Some(node) if node.kind == Kind::Zone => Some(Some(node.wide())),
            Some(node) if node.kind == Kind::NamedZone => Some(fixed_offset(self.arena.range(node, self.input))),
            _ => fail_of_class(self.arena, zone, self.input),
        }
    }

    /// Days, seconds below a day, microseconds below a second: as Python normalises them.
    pub(crate) fn delta(self, days: Id, seconds: Id, micros: Id) -> Option<Id> {
        let below = |id, limit| to_int(self.arena, id).filter(|value| (0..limit).contains(value));
        let days = to_int(self.arena, days).filter(|days| (-999_999_999..=999_999_999).contains(days));
        let (Some(days), Some(seconds), Some(micros)) = (days, below(seconds, 86_400), below(micros, 1_000_000)) else {
            return None;
        };
        let rest = seconds * 1_000_000 + micros;
        let id = self.arena.add(Kind::Delta, 0, days as u32, rest as u32)?;
        self.arena.nodes[id.index()].c = (rest >> 32) as u16;
        Some(id)
    }

    /// An offset less than a day from UTC; a name, if any, is a text.
    pub(crate) fn zone(mut self, offset: Id, name: Option<Id>) -> Option<Id> {
        if name.is_some_and(|name| self.arena.of_kind(name, Kind::Str).is_none()) {
            return None;
        }
        let delta = self.arena.of_kind(offset, Kind::Delta)?;
        let (days, rest) = delta_parts(delta);
        // Only the whole of minus one day, and not more, is as far from zero as a day.
        let micros = match days {
            0 => rest,
            -1 if rest > 0 => rest - DAY,
            _ => return None,
        };
        self.fixed_zone(micros)
    }

    /// A zone that is so many microseconds ahead of UTC, or behind.
    pub(crate) fn fixed_zone(&mut self, micros: i64) -> Option<Id> {
        self.arena.add_wide(Kind::Zone, micros)
    }

    pub(crate) fn zone_of_minutes(mut self, minutes: Id) -> Option<Id> {
        self.zone_of(minutes, MINUTE)
    }

    /// A zone of pytz at the time of a certain date.
    pub(crate) fn dated_zone(mut self, seconds: Id) -> Option<Id> {
        let zone = self.zone_of(seconds, SECOND)?;
        self.arena.nodes[zone.index()].c = DATED;
        Some(zone)
    }

    /// A zone that is less than a day ahead of UTC, or behind, in a unit of so many microseconds.
    fn zone_of(&mut self, count: Id, unit: i64) -> Option<Id> {
        let day = DAY / unit;
        let count = to_int(self.arena, count).filter(|&count| -day < count && count < day);
        self.fixed_zone(count? * unit)
    }
}

/// What a zone of the database that never changes is ahead of UTC, in microseconds: <https://data.iana.org/time-zones/tzdb/etcetera>.
fn fixed_offset(name: &[u8]) -> Option<i64> {
    match name.strip_prefix(b"Etc/").unwrap_or(name) {
        b"UTC" | b"UCT" | b"Universal" | b"Zulu" | b"GMT" | b"Greenwich" | b"GMT0" => Some(0),
        // As POSIX has it, west is positive.
        name => Some(integer::parse_int(name.strip_prefix(b"GMT")?)?.to_i64()? * -HOUR),
    }
}

const fn delta_parts(delta: Node) -> (i64, i64) {
    (delta.a.cast_signed() as i64, delta.b as i64 | (delta.c as i64) << 32)
}

/// Appends a timedelta in seconds, exactly.
pub(crate) fn push_seconds(delta: Node, text: &mut Vec<u8>) {
    let (days, rest) = delta_parts(delta);
    let (mut seconds, mut micros) = (days * 86_400 + rest / 1_000_000, rest % 1_000_000);
    if seconds < 0 {
        text.push(b'-');
        seconds = -seconds;
        if micros > 0 {
            seconds -= 1;
            micros = 1_000_000 - micros;
        }
    }
    integer::push_decimal(seconds, text);
    if micros > 0 {
        text.push(b'.');
        push_padded(micros, 6, text);
    }
}

/// Appends the name of a zone without one, `UTC+hh:mm`, as Python tells it.
pub(crate) fn push_zone(zone: Node, text: &mut Vec<u8>) {
    text.extend_from_slice(b"UTC");
    if zone.wide() != 0 {
        push_offset(zone.wide(), text);
    }
}

fn push_offset(offset: i64, text: &mut Vec<u8>) {
    text.push(if offset < 0 { b'-' } else { b'+' });
    push_clock(offset.abs(), false, text);
}

/// Appends `hh:mm:ss.ffffff` as `isoformat()` does: without microseconds when there are none, and without seconds then
/// too unless they are wanted.
fn push_clock(micros: i64, seconds_wanted: bool, text: &mut Vec<u8>) {
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    push_padded(seconds / 3600, 2, text);
    text.push(b':');
    push_padded(seconds / 60 % 60, 2, text);
    if seconds_wanted || seconds % 60 != 0 || fraction != 0 {
        text.push(b':');
        push_padded(seconds % 60, 2, text);
    }
    if fraction != 0 {
        text.push(b'.');
        push_padded(fraction, 6, text);
    }
}

/// Appends the last `width` decimal digits of a number that is not negative.
fn push_padded(mut number: i64, width: usize, text: &mut Vec<u8>) {
    let start = text.len();
    text.resize(start + width, b'0');
    for digit in text[start..].iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}
