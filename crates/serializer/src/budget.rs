//! How much work stored bytes may cause, in proportion to their length.

use crate::LoadErrorKind;

/// Units of work for each stored byte. A unit is what a byte costs that is copied, looked at, or taken of memory, here or in the
/// host that builds the value: a few nanoseconds at most.
const UNITS_PER_BYTE: usize = 64;

/// What the shortest value may cost.
const FLOOR: usize = 4096;

/// The work that one stored value may still cause.
///
/// What is linear in the stored bytes anyway (a step of the pickle machine, the bytes that it consumes) is not charged. All else
/// is: what looks at an object as a whole, which a memo reference of two bytes may name again and again, and all that is written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Budget {
    total: usize,
    left: usize,
}

impl Budget {
    /// The budget for a value of so many stored bytes.
    pub(crate) const fn for_stored(length: usize) -> Self {
        let total = length.saturating_mul(UNITS_PER_BYTE).saturating_add(FLOOR);
        Self { total, left: total }
    }

    /// # Errors
    /// [`LoadErrorKind::Size`] where the value causes more work than any real one of its length.
    #[inline]
    pub(crate) const fn charge(&mut self, units: usize) -> Result<(), LoadErrorKind> {
        match self.left.checked_sub(units) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(LoadErrorKind::Size),
        }
    }

    pub(crate) const fn left(&self) -> usize {
        self.left
    }

    pub(crate) const fn spent(&self) -> usize {
        self.total - self.left
    }
}
