//! Reading stored values: as a script for JavaScript, or as a [`Value`].

use super::machine::Machine;
use super::opcode as op;
use super::transcode::Transcoder;
use super::{to_script, to_value};
use crate::serializer::script::Script;
use crate::serializer::text::is_ascii;
use crate::serializer::{PICKLED, Reason, Unreadable, Value, integer};
use core::ops::Range;

/// Reads stored values; keeps its working memory from one value to the next.
#[derive(Default)]
pub struct Reader {
    transcoder: Transcoder,
    machine: Machine,
    frames: Vec<to_script::Frame>,
}

/// So many entries of the working memory are kept.
const KEPT: usize = 64 << 10;

impl Reader {
    /// A reader without any memory yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether [`Self::to_script`] writes objects of classes outside of the value table too, by their class's name, the
    /// arguments and the state: JavaScript makes of them what the user allowed. At first they are refused.
    pub const fn keep_instances(&mut self, keep: bool) {
        self.machine.arena.keeps_instances = keep;
    }

    /// Appends the script of a stored value; answers whether it holds objects of classes outside of the value table.
    ///
    /// # Errors
    /// [`Unreadable`]; the script is then as it was.
    pub fn to_script(&mut self, stored: &[u8], script: &mut Script) -> Result<bool, Unreadable> {
        let Some((&PICKLED, pickle)) = stored.split_first() else {
            match integer::parse_int(stored) {
                Some(literal) => script.literal(literal),
                None => script.bytes(stored),
            }
            return Ok(false);
        };
        if let Some(text) = lone_text(pickle) {
            script.ascii(stored, text.start + 1..text.end + 1);
            return Ok(false);
        }
        let result = self.pickle_to_script(pickle, script);
        // No pickle makes more entries than it has bytes.
        if pickle.len() > KEPT {
            self.transcoder.release(KEPT);
            self.machine.release(KEPT);
        }
        result
    }

    #[inline(never)]
    fn pickle_to_script(&mut self, pickle: &[u8], script: &mut Script) -> Result<bool, Unreadable> {
        let start = script.mark();
        let limit = script.size().saturating_add(to_script::longest(pickle));
        if self.transcoder.run(pickle, script, limit).is_some() {
            return Ok(false);
        }
        script.rewind(start);
        self.objects_to_script(pickle, script).map_err(|reason| {
            script.rewind(start);
            self.unreadable(reason)
        })
    }

    fn objects_to_script(&mut self, pickle: &[u8], script: &mut Script) -> Result<bool, Reason> {
        let root = self.machine.run(pickle)?;
        to_script::write(root, &mut self.machine.arena, &mut self.frames, pickle, script)
    }

    fn unreadable(&self, reason: Reason) -> Unreadable {
        match reason {
            Reason::Class => Unreadable::Class(self.machine.arena.refused.as_slice().into()),
            _ => Unreadable::Because(reason),
        }
    }

    /// A pickle (without cachelib's `!`) as a native value.
    pub(in crate::serializer) fn read_value(&mut self, pickle: &[u8]) -> Result<Value, Unreadable> {
        let root = self.machine.run(pickle);
        let value = root.and_then(|root| to_value::build(&mut self.machine.arena, root, pickle));
        value.map_err(|reason| self.unreadable(reason))
    }
}

/// The text of a pickle that is nothing but a text, short and of ASCII, as picklers write it: the most frequent value is read at a
/// glance.
#[inline]
fn lone_text(pickle: &[u8]) -> Option<Range<usize>> {
    const START: usize = 13;
    let (&[op::PROTO, 4 | 5, op::FRAME, ref frame @ .., op::SHORT_BINUNICODE, length], rest) =
        pickle.split_first_chunk::<START>()?
    else {
        return None;
    };
    let (text, [op::MEMOIZE, op::STOP]) = rest.split_at_checked(length.into())? else { return None };
    let is_whole = u64::from_le_bytes(*frame) == 4 + u64::from(length);
    (is_whole && is_ascii(text)).then_some(START..START + text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pickle_of(text: &str) -> Vec<u8> {
        let length = text.len() as u8;
        let frame = (text.len() as u64 + 4).to_le_bytes();
        let head = [&[op::PROTO, 4, op::FRAME], &frame[..], &[op::SHORT_BINUNICODE, length]].concat();
        [&head, text.as_bytes(), &[op::MEMOIZE, op::STOP]].concat()
    }

    /// Reads a pickle by both ways, which have to agree; answers whether the quick one managed to.
    fn read_both_ways(pickle: &[u8]) -> bool {
        let mut scripts = [Script::default(), Script::default()];
        let stored = [&[PICKLED], pickle].concat();
        let quick = Reader::new().to_script(&stored, &mut scripts[0]);
        let long = Reader::new().pickle_to_script(pickle, &mut scripts[1]);
        assert_eq!(quick, long, "{pickle:?}");
        let [quick, long] = scripts.map(|script| format!("{:?}", script.parts()));
        assert_eq!(quick, long, "{pickle:?}");
        lone_text(pickle).is_some()
    }

    #[test]
    fn a_lone_text_is_read_at_a_glance_as_by_the_long_way() {
        for length in 0..=255 {
            let pickle = pickle_of(&"x".repeat(length));
            assert!(read_both_ways(&pickle), "{length}");
            assert!(!read_both_ways(&pickle[..pickle.len() - 1]));
            assert!(!read_both_ways(&[&pickle, &b"."[..]].concat()));
        }
        assert!(read_both_ways(&pickle_of("__proto__")));
        assert!(!read_both_ways(&pickle_of("na\u{ef}ve")));
    }

    #[test]
    fn a_changed_byte_of_a_lone_text_changes_it_by_both_ways() {
        let pickle = pickle_of("edge");
        for at in 0..pickle.len() {
            for byte in 0..=u8::MAX {
                let mut changed = pickle.clone();
                changed[at] = byte;
                let is_text = (13..17).contains(&at) && byte < 0x80;
                let is_same = byte == pickle[at] || (at, byte) == (1, 5);
                assert_eq!(read_both_ways(&changed), is_text || is_same, "{byte} at {at}");
            }
        }
    }
}
