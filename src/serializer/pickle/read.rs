//! Reading stored values: as JSON text for JavaScript, or as a [`Value`].

use super::machine::Machine;
use super::{to_json, to_value};
use super::opcode as op;
use crate::serializer::json::{self, TextKind};
use crate::serializer::{PICKLED, Reason, Unreadable, Value, integer};

/// Reads stored values; keeps its working memory from one value to the next.
#[derive(Default)]
pub struct Reader {
    machine: Machine,
    frames: Vec<to_json::Frame>,
    bytes: Vec<u8>,
}

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
        if short_text_to_json(pickle, text) {
            return Ok(Marked(false));
        }
        let (text_length, bytes_length) = (text.len(), self.bytes.len());
        let result = self.pickle_to_json(pickle, text).map_err(|reason| {
            text.truncate(text_length);
            self.bytes.truncate(bytes_length);
            self.unreadable(reason)
        });
        self.machine.release();
        result
    }

    fn pickle_to_json(&mut self, pickle: &[u8], text: &mut Vec<u8>) -> Result<Marked, Reason> {
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

/// The commonest value in its only everyday form, without the machine: PROTO, FRAME, SHORT_BINUNICODE, MEMOIZE, STOP. False for
/// any other, which is left to the machine.
fn short_text_to_json(pickle: &[u8], text: &mut Vec<u8>) -> bool {
    let [op::PROTO, 4 | 5, op::FRAME, rest @ ..] = pickle else { return false };
    let Some((frame, rest)) = rest.split_first_chunk() else { return false };
    let [op::SHORT_BINUNICODE, length, value @ .., op::MEMOIZE, op::STOP] = rest else { return false };
    if u64::from_le_bytes(*frame) != rest.len() as u64 || usize::from(*length) != value.len() {
        return false;
    }
    let Ok(kind @ (TextKind::Plain | TextKind::Utf8)) = json::check_text(value) else { return false };
    let end = pickle.len() - 2;
    json::push_string(pickle, end - value.len()..end, kind, text);
    text.push(b'"');
    true
}
