//! What becomes of an operation.

use crate::failure::Failure;
use crate::resp::ProtocolError;

/// The result of an [`Operation`](super::Operation).
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// The stored bytes, or `None` where the key is missing.
    Value(Option<&'a [u8]>),
    /// The stored bytes for each key.
    Values(Values),
    /// Yes or no.
    Flag(bool),
    /// The counter's new value.
    Integer(i64),
    /// What became of an operation on many keys, each by itself.
    Keys(Keys),
    /// The operation came to nothing.
    Failed(Failure),
}

/// Stored bytes in order of their keys, in one piece of memory.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Values {
    bytes: Vec<u8>,
    places: Vec<Option<(usize, usize)>>,
}

impl Values {
    pub(super) fn missing(count: usize) -> Self {
        Self { bytes: Vec::new(), places: vec![None; count] }
    }

    /// Keeps a copy of `value`, or says that there is no memory for it.
    pub(super) fn put(&mut self, index: usize, value: &[u8]) -> Result<(), ProtocolError> {
        if let Some(place) = self.places.get_mut(index) {
            self.bytes.try_reserve(value.len()).map_err(|_| ProtocolError::TooLarge)?;
            *place = Some((self.bytes.len(), value.len()));
            self.bytes.extend_from_slice(value);
        }
        Ok(())
    }

    /// How many keys were asked for.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether no key was asked for.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The stored bytes for each key, `None` where it is missing.
    pub fn iter(&self) -> impl Iterator<Item = Option<&[u8]>> {
        self.places.iter().map(|place| place.map(|(start, length)| &self.bytes[start..start + length]))
    }
}

/// Which keys an operation on many keys failed for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// Indices of the keys for which it failed, in no order.
    pub failed: Vec<u32>,
    /// The first failure.
    pub failure: Option<Failure>,
}
