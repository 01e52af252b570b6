//! Lists, dicts, sets, tuples and frozensets, in the batches of CPython's pickler.

use super::PickleWriter;
use crate::DumpError;
use crate::pickle::opcode as op;

/// Items of a list, dict or set between a MARK and its closing opcode.
const BATCH: usize = 1000;

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

    /// Starts a tuple of `total` items; the items follow, then `tuple_end`.
    pub(crate) fn tuple_start(&mut self, total: usize) -> Result<(), DumpError> {
        self.objects += 1;
        self.object(0)?;
        if total > 3 {
            self.out.push(op::MARK);
        }
        Ok(())
    }

    pub(crate) fn tuple_end(&mut self, total: usize) -> Result<(), DumpError> {
        self.room()?;
        match total {
            0 => {
                self.out.push(op::EMPTY_TUPLE);
                return Ok(());
            }
            1 => self.out.push(op::TUPLE1),
            2 => self.out.push(op::TUPLE2),
            3 => self.out.push(op::TUPLE3),
            _ => self.out.push(op::TUPLE),
        }
        self.memoize();
        Ok(())
    }

    /// Starts a frozenset; its items follow, then `frozenset_end`.
    pub(crate) fn frozenset_start(&mut self) -> Result<(), DumpError> {
        self.objects += 1;
        self.object(0)?;
        self.out.push(op::MARK);
        Ok(())
    }

    pub(crate) fn frozenset_end(&mut self) -> Result<(), DumpError> {
        self.room()?;
        self.out.push(op::FROZENSET);
        self.memoize();
        Ok(())
    }

    fn container(&mut self, opcode: u8) -> Result<(), DumpError> {
        self.objects += 1;
        self.object(0)?;
        self.out.push(opcode);
        self.memoize();
        Ok(())
    }
}
