//! Lists, dicts, sets, tuples and frozensets, in the batches of CPython's pickler.

use super::PickleWriter;
use crate::DumpError;
use crate::pickle::opcode as op;

/// Items of a list, dict or set between a MARK and its closing opcode.
const BATCH: usize = 1000;

/// In place of a memo index: the empty tuple has none, and is written anew each time.
pub(crate) const EMPTY_TUPLE: u32 = u32::MAX;

/// Where a container's writing stands: whether a MARK is due before, or a closing opcode after, the next item.
#[derive(Clone, Copy)]
pub(crate) struct Batch {
    /// Closes a batch.
    many: u8,
    /// Closes a container of one item, which needs no MARK; 0 for sets, which always have one.
    one: u8,
    written: usize,
    total: usize,
}

impl Batch {
    /// Whether every item has been written.
    pub(crate) const fn is_full(&self) -> bool {
        self.written == self.total
    }

    /// Counts an item of a tuple or a frozenset, which have no batches.
    pub(crate) const fn count(&mut self) {
        self.written += 1;
    }
}

impl PickleWriter<'_> {
    /// Starts a list of `total` items.
    pub(crate) fn list(&mut self, total: usize) -> Result<Batch, DumpError> {
        self.container(op::EMPTY_LIST)?;
        Ok(Batch { many: op::APPENDS, one: op::APPEND, written: 0, total })
    }

    /// Starts a dict of `total` items, each a key and a value.
    pub(crate) fn dict(&mut self, total: usize) -> Result<Batch, DumpError> {
        self.container(op::EMPTY_DICT)?;
        Ok(Batch { many: op::SETITEMS, one: op::SETITEM, written: 0, total })
    }

    /// Starts a set of `total` items.
    pub(crate) fn set(&mut self, total: usize) -> Result<Batch, DumpError> {
        self.container(op::EMPTY_SET)?;
        Ok(Batch { many: op::ADDITEMS, one: 0, written: 0, total })
    }

    #[inline]
    pub(crate) fn before_item(&mut self, batch: &Batch) {
        if batch.written.is_multiple_of(BATCH) && (batch.total != 1 || batch.one == 0) {
            self.out.push(op::MARK);
        }
    }

    #[inline]
    pub(crate) fn after_item(&mut self, batch: &mut Batch) -> Result<(), DumpError> {
        batch.written += 1;
        let full = batch.written.is_multiple_of(BATCH);
        if full || batch.is_full() {
            self.room()?;
            self.out.push(if batch.total == 1 && batch.one != 0 { batch.one } else { batch.many });
        }
        // The C pickler learns that a dict or set has ended only by a batch that is not full.
        if full && batch.is_full() && batch.many != op::APPENDS {
            self.out.extend_from_slice(&[op::MARK, batch.many]);
        }
        Ok(())
    }

    /// Starts a tuple of `total` items; the items follow, then [`Self::end_frozen`].
    pub(crate) fn tuple(&mut self, total: usize) -> Result<Batch, DumpError> {
        self.frozen(op::TUPLE, total, total > 3)
    }

    /// Starts a frozenset of `total` items; the items follow, then [`Self::end_frozen`].
    pub(crate) fn frozenset(&mut self, total: usize) -> Result<Batch, DumpError> {
        self.frozen(op::FROZENSET, total, true)
    }

    fn frozen(&mut self, opcode: u8, total: usize, has_mark: bool) -> Result<Batch, DumpError> {
        self.objects += 1;
        self.object(0)?;
        if has_mark {
            self.out.push(op::MARK);
        }
        Ok(Batch { many: opcode, one: 0, written: 0, total })
    }

    /// `()`, once more.
    pub(crate) fn empty_tuple(&mut self) -> Result<(), DumpError> {
        self.opcode(op::EMPTY_TUPLE)
    }

    /// Ends a tuple or a frozenset; answers its memo index, or [`EMPTY_TUPLE`].
    pub(crate) fn end_frozen(&mut self, batch: &Batch) -> Result<u32, DumpError> {
        self.room()?;
        let opcode = match (batch.many, batch.total) {
            (op::TUPLE, 0) => {
                self.out.push(op::EMPTY_TUPLE);
                return Ok(EMPTY_TUPLE);
            }
            (op::TUPLE, total @ 1..=3) => op::TUPLE1 + total as u8 - 1,
            (opcode, _) => opcode,
        };
        self.push_memoized(opcode);
        Ok(self.memoized - 1)
    }

    fn container(&mut self, opcode: u8) -> Result<(), DumpError> {
        self.objects += 1;
        self.opcode(opcode)?;
        self.memoize();
        Ok(())
    }
}
