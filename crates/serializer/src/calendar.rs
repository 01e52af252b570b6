//! The proleptic Gregorian calendar, as Python's `datetime` counts it (years 1 to 9999, microseconds, no leap seconds).

use core::ops::RangeInclusive;

/// Microseconds in a day.
pub(crate) const DAY: i64 = 86_400_000_000;

/// The days since 1970 of the years 1 to 9999.
const DAYS: RangeInclusive<i64> = -719_162..=2_932_896;
/// Days from 0000-03-01, where years of the calculation begin, to 1970-01-01.
const EPOCH: i64 = 719_468;

/// Days from 1970-01-01 to a civil date of the year 1 or later (algorithm: days from civil, Howard Hinnant).
const fn days_from_civil(year: u32, month: u32, day: u32) -> i64 {
    let shifted = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    (shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + day_of_year) as i64 - EPOCH
}

/// The civil date (year, month, day) that lies so many of [`DAYS`] after 1970-01-01.
pub(crate) const fn civil_from_days(days: i64) -> (u32, u32, u32) {
    let shifted = (days + EPOCH) as u32;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

/// The days of `datetime.date`'s four pickled bytes, or `None` where Python refuses them.
pub(crate) fn date_from_bytes(bytes: &[u8]) -> Option<i64> {
    let &[high, low, month, day] = bytes else { return None };
    let (year, month, day) = (u32::from(high) << 8 | u32::from(low), u32::from(month), u32::from(day));
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || day < 1 {
        return None;
    }
    let days = days_from_civil(year, month, day);
    (DAYS.contains(&days) && civil_from_days(days) == (year, month, day)).then_some(days)
}

/// The microseconds of `datetime.time`'s six pickled bytes; the first byte's top bit (`fold`) must be cleared before.
pub(crate) fn time_from_bytes(bytes: &[u8]) -> Option<i64> {
    let &[hour, minute, second, high, middle, low] = bytes else { return None };
    let micro = i64::from(high) << 16 | i64::from(middle) << 8 | i64::from(low);
    if hour > 23 || minute > 59 || second > 59 || micro > 999_999 {
        return None;
    }
    Some((i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second)) * 1_000_000 + micro)
}

/// The ten bytes of `datetime.datetime`'s pickle for microseconds since 1970 in UTC, or `None` outside its range.
pub(crate) fn datetime_to_bytes(micros: i64) -> Option<[u8; 10]> {
    let days = Some(micros.div_euclid(DAY)).filter(|days| DAYS.contains(days))?;
    let (year, month, day) = civil_from_days(days);
    let rest = micros - days * DAY;
    let (seconds, micro) = ((rest / 1_000_000) as u32, (rest % 1_000_000) as u32);
    Some([
        (year >> 8) as u8,
        year as u8,
        month as u8,
        day as u8,
        (seconds / 3600) as u8,
        (seconds / 60 % 60) as u8,
        (seconds % 60) as u8,
        (micro >> 16) as u8,
        (micro >> 8) as u8,
        micro as u8,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_a_cycle_comes_back() {
        for days in DAYS {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
        assert_eq!(civil_from_days(-719_162), (1, 1, 1));
        assert_eq!(civil_from_days(2_932_896), (9999, 12, 31));
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        assert_eq!(date_from_bytes(&[0x07, 0xe7, 2, 29]), None);
        assert_eq!(date_from_bytes(&[0x07, 0xe8, 2, 29]), Some(19_782));
        assert_eq!(date_from_bytes(&[0, 0, 1, 1]), None);
    }
}
