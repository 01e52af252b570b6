//! Reading stored values: as a script for JavaScript, or as a [`Value`].

use super::machine::Machine;
use super::transcode::Transcoder;
use super::{to_script, to_value};
use crate::serializer::script::Script;
use crate::serializer::{PICKLED, Reason, Unreadable, Value, integer};

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
        let result = self.pickle_to_script(pickle, script);
        // No pickle makes more entries than it has bytes.
        if pickle.len() > KEPT {
            self.transcoder.release(KEPT);
            self.machine.release(KEPT);
        }
        result
    }

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
