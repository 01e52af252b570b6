//! From stored bytes to a [`Program`].

use super::builder::Mark;
use super::transcoder::Transcoder;
use super::{Program, emitter};
use crate::budget::Budget;
use crate::pickle::Machine;
use crate::pickle::opcode as op;
use crate::wtf8::is_ascii;
use crate::{LoadError, LoadErrorKind, PICKLED, integer};

/// Reads stored values; keeps its working memory from one value to the next.
#[derive(Default)]
pub struct Loader {
    transcoder: Transcoder,
    machine: Machine,
    frames: Vec<emitter::Frame>,
    budget: Budget,
    has_bare_pickles: bool,
}

/// After a longer pickle, in bytes, the working memory is given back.
const MAX_RETAINED: usize = 64 << 10;

impl Loader {
    /// A reader without any memory yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether [`Self::loads`] writes objects of classes outside of the value table too, by their class's name, the
    /// arguments and the state: JavaScript makes of them what the user allowed. At first they are refused.
    pub const fn keep_instances(&mut self, keep: bool) {
        self.machine.arena.keeps_instances = keep;
    }

    /// Whether pickles are stored without cachelib's `!` before them, as Django does: what is no int is one then. At first they are
    /// not.
    pub const fn expect_bare_pickles(&mut self, expect: bool) {
        self.has_bare_pickles = expect;
    }

    /// Appends the program of a stored value; answers whether it holds objects of classes outside of the value table.
    ///
    /// # Errors
    /// [`LoadError`]; the program is then as it was.
    pub fn loads(&mut self, stored: &[u8], program: &mut Program) -> Result<bool, LoadError> {
        let start = program.begin();
        let result = self.load(stored, program, start);
        if result.is_ok() && program.is_complete() {
            return result;
        }
        program.rewind(start);
        Err(result.err().unwrap_or_else(|| LoadErrorKind::OutOfMemory.into()))
    }

    #[inline]
    fn load(&mut self, stored: &[u8], program: &mut Program, start: Mark) -> Result<bool, LoadError> {
        let pickle = match stored {
            _ if self.has_bare_pickles => (!is_int(stored)).then_some(stored),
            [PICKLED, pickle @ ..] => Some(pickle),
            _ => None,
        };
        let Some(pickle) = pickle else {
            match integer::parse_int(stored) {
                Some(literal) => program.literal(literal),
                None => program.bytes(stored),
            }
            return Ok(false);
        };
        if let Some(text) = single_short_str(pickle) {
            program.ascii(text);
            return Ok(false);
        }
        let result = self.load_pickle(pickle, program, start);
        if pickle.len() > MAX_RETAINED {
            let keeps_instances = self.machine.arena.keeps_instances;
            (self.transcoder, self.machine) = Default::default();
            self.keep_instances(keeps_instances);
        }
        result
    }

    #[inline(never)]
    fn load_pickle(&mut self, pickle: &[u8], program: &mut Program, start: Mark) -> Result<bool, LoadError> {
        self.budget = Budget::for_stored(pickle.len());
        let (size, cost) = (program.size(), program.cost());
        if self.transcoder.run(pickle, program).is_some() {
            self.budget.charge(program.cost() - cost)?;
            program.check_objects()?;
            return Ok(false);
        }
        // It is for nothing, and makes nothing in the host.
        self.budget.charge(program.size() - size)?;
        program.rewind(start);
        let result = self.load_objects(pickle, program);
        self.budget = self.machine.arena.budget;
        result.map_err(|kind| self.machine.error(kind))
    }

    fn load_objects(&mut self, pickle: &[u8], program: &mut Program) -> Result<bool, LoadErrorKind> {
        let root = self.machine.run(pickle, self.budget)?;
        emitter::emit(root, &mut self.machine.arena, &mut self.frames, pickle, program)
    }

    /// The work that the last value caused beyond a pass over its bytes, and the most that it could have caused: see the crate's
    /// `budget`.
    #[doc(hidden)]
    #[must_use]
    pub const fn work(&self) -> (usize, usize) {
        (self.budget.spent(), self.budget.spent() + self.budget.left())
    }
}

/// Whether Django takes it for an int.
fn is_int(stored: &[u8]) -> bool {
    let digits = stored.strip_prefix(b"-").unwrap_or(stored);
    !digits.is_empty() && integer::are_digits(digits)
}

/// Fast path: the str of a pickle, if that is all of the pickle, in ASCII and at most 255 bytes long, as protocols 4
/// and 5 write it. The most frequent value, which takes 3.3 times as long without it (native, 2026-11-27).
#[inline]
fn single_short_str(pickle: &[u8]) -> Option<&[u8]> {
    const START: usize = 13;
    let (&[op::PROTO, 4 | 5, op::FRAME, ref frame @ .., op::SHORT_BINUNICODE, length], rest) =
        pickle.split_first_chunk::<START>()?
    else {
        return None;
    };
    let (text, [op::MEMOIZE, op::STOP]) = rest.split_at_checked(length.into())? else { return None };
    let is_whole = u64::from_le_bytes(*frame) == 4 + u64::from(length);
    (is_whole && is_ascii(text)).then_some(text)
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

    /// Reads a pickle with and without the fast path, which have to agree; answers whether the fast path took it.
    fn is_fast(pickle: &[u8]) -> bool {
        let mut programs = [Program::default(), Program::default()];
        let stored = [&[PICKLED], pickle].concat();
        let fast = Loader::new().loads(&stored, &mut programs[0]);
        let start = programs[1].begin();
        let plain = Loader::new().load_pickle(pickle, &mut programs[1], start);
        assert_eq!(fast, plain, "{pickle:?}");
        if fast.is_ok() {
            let [fast, plain] = programs.map(|program| format!("{:?}", program.parts()));
            assert_eq!(fast, plain, "{pickle:?}");
        }
        single_short_str(pickle).is_some()
    }

    #[test]
    fn the_fast_path_reads_a_short_str_as_the_plain_path_does() {
        for length in 0..=255 {
            let pickle = pickle_of(&"x".repeat(length));
            assert!(is_fast(&pickle), "{length}");
            assert!(!is_fast(&pickle[..pickle.len() - 1]));
            assert!(!is_fast(&[&pickle, &b"."[..]].concat()));
        }
        assert!(is_fast(&pickle_of("__proto__")));
        assert!(!is_fast(&pickle_of("na\u{ef}ve")));
    }

    #[test]
    fn bare_pickles_are_what_is_no_int() {
        let mut loader = Loader::new();
        loader.expect_bare_pickles(true);
        for (stored, length) in [(&b"-12"[..], 1), (b"\x80\x05]\x94.", 1), (b"\x80\x05]\x94C\x01x\x94a.", 4)] {
            let mut program = Program::default();
            assert_eq!(loader.loads(stored, &mut program), Ok(false));
            assert_eq!(program.len(), length);
        }
        for stored in [&b""[..], b"-", b"1 ", b"!\x80\x05N."] {
            assert!(loader.loads(stored, &mut Program::default()).is_err());
        }
    }

    #[test]
    fn the_fast_path_takes_nothing_but_a_short_str() {
        let pickle = pickle_of("edge");
        for at in 0..pickle.len() {
            for byte in 0..=u8::MAX {
                let mut changed = pickle.clone();
                changed[at] = byte;
                let is_text = (13..17).contains(&at) && byte < 0x80;
                let is_same = byte == pickle[at] || (at, byte) == (1, 5);
                assert_eq!(is_fast(&changed), is_text || is_same, "{byte} at {at}");
            }
        }
    }
}
