//! How long a key lives.

use super::Error;

/// The longest finite timeout, in milliseconds: 285,000 years, the largest integer that a double holds exactly.
const MAX_MILLISECONDS: f64 = 9_007_199_254_740_991.0;

/// When a key that is set expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// It stays until it is deleted or evicted.
    Never,
    /// After so many milliseconds, at least 1.
    After(u64),
}

impl Expiry {
    /// The milliseconds; 0 for never.
    #[must_use]
    pub const fn milliseconds(self) -> u64 {
        match self {
            Self::Never => 0,
            Self::After(milliseconds) => milliseconds,
        }
    }

    /// The expiry that a timeout in seconds stands for: 0 and -1 are never, as in cachelib (`redis.py`,
    /// `_normalize_timeout` and `set`), and so is infinity. Fractions are kept to the millisecond.
    pub fn from_seconds(seconds: f64) -> Result<Self, Error> {
        if seconds == 0.0 || seconds == -1.0 || seconds == f64::INFINITY {
            return Ok(Self::Never);
        }
        let milliseconds = seconds * 1_000.0;
        if !(milliseconds > 0.0 && milliseconds <= MAX_MILLISECONDS) {
            return Err(Error::InvalidTimeout);
        }
        // As `round`, for which WebAssembly has no instruction.
        let whole = milliseconds as i64;
        let rest = milliseconds - whole as f64;
        Ok(Self::After((whole + i64::from(rest >= 0.5)).max(1) as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_minus_one_and_infinity_never_expire() {
        for seconds in [0.0, -0.0, -1.0, f64::INFINITY] {
            assert_eq!(Expiry::from_seconds(seconds), Ok(Expiry::Never));
        }
    }

    #[test]
    fn fractions_are_milliseconds_and_never_nothing() {
        let cases = [
            (1.0, 1_000),
            (0.1, 100),
            (1.1, 1_100),
            (0.0001, 1),
            (1.0004, 1_000),
            (1.0005, 1_001),
            (9_007_199_254_740.0, 9_007_199_254_740_000),
            (f64::MIN_POSITIVE, 1),
            (300.0, 300_000),
        ];
        for (seconds, milliseconds) in cases {
            assert_eq!(Expiry::from_seconds(seconds), Ok(Expiry::After(milliseconds)));
        }
    }

    #[test]
    fn other_negatives_nan_and_absurd_lengths_are_refused() {
        for seconds in [-0.5, -2.0, f64::NEG_INFINITY, f64::NAN, 1e13, f64::MAX] {
            assert_eq!(Expiry::from_seconds(seconds), Err(Error::InvalidTimeout));
        }
    }
}
