//! Aware datetimes in UTC.

use super::PickleWriter;
use crate::pickle::opcode as op;
use crate::{DumpError, calendar};

/// Memo indexes of what every aware datetime refers to.
#[derive(Clone, Copy)]
pub(super) struct DateMemo {
    class: u32,
    utc: u32,
}

impl PickleWriter<'_> {
    /// An aware `datetime` in UTC, from microseconds since 1970.
    ///
    /// # Errors
    /// [`DumpError::Date`] outside the years 1 to 9999.
    pub(crate) fn datetime(&mut self, micros: i64) -> Result<(), DumpError> {
        let bytes = calendar::datetime_to_bytes(micros).ok_or(DumpError::Date)?;
        self.object(0)?;
        if let Some(DateMemo { class, utc }) = self.date {
            self.reference(class)?;
            self.object(0)?;
            self.bytes(&bytes)?;
            self.reference(utc)?;
        } else {
            let module = self.memoized;
            self.text(b"datetime")?;
            self.global(b"datetime")?;
            let class = self.memoized - 1;
            self.object(0)?;
            self.bytes(&bytes)?;
            self.utc(module)?;
            self.date = Some(DateMemo { class, utc: self.memoized - 1 });
        }
        self.reduce(op::TUPLE2)
    }

    /// `datetime.timezone.utc`, which is `timezone(timedelta(0, 0, 0))` to a pickler.
    fn utc(&mut self, module: u32) -> Result<(), DumpError> {
        self.object(0)?;
        self.reference(module)?;
        self.global(b"timezone")?;
        self.object(0)?;
        self.reference(module)?;
        self.global(b"timedelta")?;
        self.object(0)?;
        self.int(0)?;
        self.int(0)?;
        self.int(0)?;
        self.reduce(op::TUPLE3)?;
        self.reduce(op::TUPLE1)
    }

    /// The class of that name in the module on top of the stack.
    fn global(&mut self, name: &[u8]) -> Result<(), DumpError> {
        self.text(name)?;
        self.room()?;
        self.push_memoized(op::STACK_GLOBAL);
        Ok(())
    }

    fn reduce(&mut self, tuple: u8) -> Result<(), DumpError> {
        self.room()?;
        self.push_memoized(tuple);
        self.push_memoized(op::REDUCE);
        Ok(())
    }
}
