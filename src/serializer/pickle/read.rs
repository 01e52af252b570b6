//! Reading stored values: as JSON text for JavaScript, or as a [`Value`].

use super::machine::Machine;
use super::transcode::Transcoder;
use super::{to_json, to_value};
use crate::serializer::{PICKLED, Reason, Unreadable, Value, integer, json};

/// Reads stored values; keeps its working memory from one value to the next.
#[derive(Default)]
pub struct Reader {
    transcoder: Transcoder,
    machine: Machine,
    frames: Vec<to_json::Frame>,
    bytes: Vec<u8>,
}

/// So many entries of the working memory are kept.
const KEPT: usize = 64 << 10;

/// Whether a JSON value holds markers, which JavaScript's `revive` must resolve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marked(pub bool);

impl Reader {
    /// A reader without any memory yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether [`Self::to_json`] writes objects of classes outside of the value table too, as markers of the class's name,
    /// the arguments and the state: `revive` makes of them what the user allowed. At first they are refused.
    pub const fn keep_instances(&mut self, keep: bool) {
        self.machine.arena.keeps_instances = keep;
    }

    /// Appends a stored value to `text` as one JSON value. What JSON cannot say is a marker, described in `js/serializer/revive.js`; byte strings and long texts go to
    /// [`Self::bytes`].
    ///
    /// # Errors
    /// [`Unreadable`]; `text` and [`Self::bytes`] are then as they were.
    pub fn to_json(&mut self, stored: &[u8], text: &mut Vec<u8>) -> Result<Marked, Unreadable> {
        let Some((&PICKLED, pickle)) = stored.split_first() else {
            return Ok(Marked(match integer::parse_int(stored) {
                Some(literal) => json::push_literal(literal, text),
                None => json::push_range(b'b', stored, &mut self.bytes, text),
            }));
        };
        let result = self.pickle_to_json(pickle, text);
        // No pickle makes more entries than it has bytes.
        if pickle.len() > KEPT {
            self.transcoder.release(KEPT);
            self.machine.release(KEPT);
        }
        result
    }

    fn pickle_to_json(&mut self, pickle: &[u8], text: &mut Vec<u8>) -> Result<Marked, Unreadable> {
        let (text_length, bytes_length) = (text.len(), self.bytes.len());
        let limit = text_length.saturating_add(to_json::longest(pickle));
        if let Some(marked) = self.transcoder.run(pickle, text, &mut self.bytes, limit) {
            return Ok(Marked(marked));
        }
        text.truncate(text_length);
        self.bytes.truncate(bytes_length);
        self.objects_to_json(pickle, text).map_err(|reason| {
            text.truncate(text_length);
            self.bytes.truncate(bytes_length);
            self.unreadable(reason)
        })
    }

    fn objects_to_json(&mut self, pickle: &[u8], text: &mut Vec<u8>) -> Result<Marked, Reason> {
        let root = self.machine.run(pickle)?;
        to_json::write(root, &mut self.machine.arena, &mut self.frames, pickle, text, &mut self.bytes).map(Marked)
    }

    fn unreadable(&self, reason: Reason) -> Unreadable {
        match reason {
            Reason::Class => Unreadable::Class(self.machine.arena.refused.as_slice().into()),
            _ => Unreadable::Because(reason),
        }
    }

    /// What the markers of the values read since [`Self::clear_bytes`] refer to.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Forgets [`Self::bytes`]: a new batch of values begins.
    pub fn clear_bytes(&mut self) {
        self.bytes.clear();
    }

    /// A pickle (without cachelib's `!`) as a native value.
    pub(in crate::serializer) fn read_value(&mut self, pickle: &[u8]) -> Result<Value, Unreadable> {
        let root = self.machine.run(pickle);
        let value = root.and_then(|root| to_value::build(&mut self.machine.arena, root, pickle));
        value.map_err(|reason| self.unreadable(reason))
    }
}
