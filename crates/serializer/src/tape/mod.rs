//! The tape: how JavaScript hands a value over, and its way into stored bytes.
//!
//! `writeValue` in `js/serializer/encode.js` walks a value once and writes a tag for each part, all numbers little-endian:
//!
//! | tag | then | Python |
//! |---|---|---|
//! | 0, 1, 2 | | None, False, True |
//! | 3 | u8 | int |
//! | 4 | i32 | int |
//! | 5 | f64 holding a safe integer | int |
//! | 6 | f64 | float |
//! | 7 | u16 length; the text is the next of the batch's [`StringBatch`] | str |
//! | 8 | u32 length, UTF-8 (lone surrogates as three bytes) | str |
//! | 9 | u32 length, bytes | bytes |
//! | 10 | u32 length, two's complement | int |
//! | 11 | f64 milliseconds since 1970 | aware datetime, UTC |
//! | 12, 13 | u32 count, as many values | list, set |
//! | 14 | u32 count, as many keys and values in turn | dict |
//! | 15 | u32 count, as many keys as after tag 8, as many values; defines the next shape | dict with str keys |
//! | 16 | u32 shape (the first is 0), as many values as it has keys | dict with str keys |
//! | 17 | u32 n | the n-th of the tags 12 to 16, 19 and 20, once more |
//! | 18 | a text or bytes (tags 7 to 9), as a whole value only | none: it is stored as it is |
//! | 19, 20 | u32 count, as many hashable values | tuple, frozenset |

mod key_memo;
mod reader;

pub use reader::{StringBatch, TapeReader};

use crate::fallible::TryGrow;
use crate::pickle::{Batch, EMPTY_TUPLE, PickleWriter};
use crate::{DumpError, MAX_DEPTH, MAX_STORED, PICKLED, integer};
use key_memo::KeyMemo;

const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const BYTE: u8 = 3;
const INT: u8 = 4;
const SAFE: u8 = 5;
const FLOAT: u8 = 6;
const NEXT_TEXT: u8 = 7;
const TEXT: u8 = 8;
const BYTES: u8 = 9;
const LONG: u8 = 10;
const DATE: u8 = 11;
const LIST: u8 = 12;
const SET: u8 = 13;
const MAP: u8 = 14;
const OBJECT: u8 = 15;
const SAME_SHAPE: u8 = 16;
const SHARED: u8 = 17;
const STORED: u8 = 18;
const TUPLE: u8 = 19;
const FROZENSET: u8 = 20;

/// The longest int of 64 bits in decimal, with its sign.
const MAX_DECIMAL: usize = 20;

/// After a value with more containers or keys, the working memory is given back.
const MAX_RETAINED: usize = 64 << 10;

/// Turns tapes into stored bytes; keeps its working memory from one value to the next.
#[derive(Default)]
pub struct Dumper {
    frames: Vec<Frame>,
    keys: KeyMemo,
    /// Each shape's end in `shape_keys`; it starts where the one before ends.
    shapes: Vec<u32>,
    shape_keys: Vec<u32>,
    /// The memo index of each container so far; of a tuple or a frozenset, once it has ended.
    containers: Vec<u32>,
}

/// A container that is being written.
#[derive(Clone, Copy)]
struct Frame {
    batch: Batch,
    holds: Holds,
}

#[derive(Clone, Copy)]
enum Holds {
    /// Values in a row.
    List,
    /// Hashable values in a row.
    Set,
    /// Keys and values in turn; `true` while a value is due.
    Map(bool),
    /// Hashable values in a row, of a tuple or a frozenset: the container of this number.
    Frozen(u32),
    /// Values for the keys from this one on in `shape_keys`.
    Object(u32),
}

impl Dumper {
    /// Appends the stored form of the next value of `tape` to `out`.
    ///
    /// # Errors
    /// [`DumpError`]; `out` is then as it was.
    pub fn dumps(&mut self, tape: &mut TapeReader<'_>, out: &mut Vec<u8>) -> Result<(), DumpError> {
        let start = out.len();
        let result = self.stored(tape, out);
        if self.containers.len().max(self.shape_keys.len()) > MAX_RETAINED {
            *self = Self::default();
        }
        if result.is_ok() && out.len() - start <= MAX_STORED {
            return Ok(());
        }
        out.truncate(start);
        Err(result.err().unwrap_or(DumpError::Size))
    }

    fn stored(&mut self, tape: &mut TapeReader<'_>, out: &mut Vec<u8>) -> Result<(), DumpError> {
        out.try_grow(MAX_DECIMAL)?;
        let tag = tape.peek()?;
        if !matches!(tag, BYTE | INT | SAFE | STORED) {
            out.push(PICKLED);
            let mut writer = PickleWriter::new(out)?;
            self.pickle(tape, &mut writer)?;
            return writer.finish();
        }
        tape.byte()?;
        let int = match tag {
            BYTE => i64::from(tape.byte()?),
            INT => i64::from(tape.i32()?),
            SAFE => tape.f64()? as i64,
            _ => return Ok(out.try_extend(tape.text()?)?),
        };
        integer::push_decimal(int, out);
        Ok(())
    }

    fn pickle(&mut self, tape: &mut TapeReader<'_>, writer: &mut PickleWriter<'_>) -> Result<(), DumpError> {
        self.frames.clear();
        self.keys.clear();
        self.shapes.clear();
        self.shape_keys.clear();
        self.containers.clear();
        self.value(tape, writer)?;
        while let Some(frame) = self.frames.last_mut() {
            if frame.batch.is_full() {
                if let Holds::Frozen(number) = frame.holds {
                    self.containers[number as usize] = writer.end_frozen(&frame.batch)?;
                }
                self.frames.pop();
                self.item_written(writer)?;
                continue;
            }
            match &mut frame.holds {
                Holds::Map(true) => {}
                Holds::Map(false) | Holds::Set => {
                    writer.before_item(&frame.batch);
                    check_hashable(tape)?;
                }
                Holds::Frozen(_) => check_hashable(tape)?,
                Holds::List => writer.before_item(&frame.batch),
                Holds::Object(key) => {
                    writer.before_item(&frame.batch);
                    self.keys.write(self.shape_keys[*key as usize], tape.bytes(), writer)?;
                    *key += 1;
                }
            }
            let depth = self.frames.len();
            self.value(tape, writer)?;
            if self.frames.len() == depth {
                self.item_written(writer)?;
            }
        }
        Ok(())
    }

    fn item_written(&mut self, writer: &mut PickleWriter<'_>) -> Result<(), DumpError> {
        let Some(frame) = self.frames.last_mut() else { return Ok(()) };
        match &mut frame.holds {
            Holds::Map(value_due) => {
                *value_due = !*value_due;
                if *value_due {
                    return Ok(());
                }
            }
            Holds::Frozen(_) => {
                frame.batch.count();
                return Ok(());
            }
            _ => {}
        }
        writer.after_item(&mut frame.batch)
    }

    /// Writes a scalar, or starts a container.
    #[inline]
    fn value(&mut self, tape: &mut TapeReader<'_>, writer: &mut PickleWriter<'_>) -> Result<(), DumpError> {
        match tape.byte()? {
            NULL => writer.none(),
            FALSE => writer.bool(false),
            TRUE => writer.bool(true),
            BYTE => writer.int(i64::from(tape.byte()?)),
            INT => writer.int(i64::from(tape.i32()?)),
            SAFE => writer.int(tape.f64()? as i64),
            FLOAT => writer.float(tape.f64()?),
            NEXT_TEXT => writer.text(tape.next_text()?),
            TEXT => writer.text(tape.payload()?),
            BYTES => writer.bytes(tape.payload()?),
            LONG => writer.long(tape.payload()?),
            DATE => {
                let millis = tape.f64()?;
                // Beyond this, the product with 1000 is far outside the years that Python knows.
                let micros = if millis.abs() < 1e15 { millis as i64 * 1000 } else { i64::MAX };
                writer.datetime(micros)
            }
            SHARED => {
                let number = tape.u32()?;
                match *self.containers.get(number as usize).ok_or(DumpError::Malformed)? {
                    EMPTY_TUPLE => writer.empty_tuple(),
                    memo => writer.reference(memo),
                }
            }
            tag => self.container(tag, tape, writer),
        }
    }

    fn container(
        &mut self,
        tag: u8,
        tape: &mut TapeReader<'_>,
        writer: &mut PickleWriter<'_>,
    ) -> Result<(), DumpError> {
        if self.frames.len() >= MAX_DEPTH {
            return Err(DumpError::Depth);
        }
        let count = tape.u32()? as usize;
        let number = self.containers.len() as u32;
        self.containers.try_push(writer.next_memo())?;
        let (batch, holds) = match tag {
            LIST => (writer.list(count)?, Holds::List),
            SET => (writer.set(count)?, Holds::Set),
            MAP => (writer.dict(count)?, Holds::Map(false)),
            OBJECT => {
                self.define_shape(count, tape)?;
                self.object(self.shapes.len() - 1, writer)?
            }
            SAME_SHAPE => self.object(count, writer)?,
            TUPLE => (writer.tuple(count)?, Holds::Frozen(number)),
            FROZENSET => (writer.frozenset(count)?, Holds::Frozen(number)),
            _ => return Err(DumpError::Malformed),
        };
        self.frames.try_push(Frame { batch, holds })?;
        Ok(())
    }

    fn define_shape(&mut self, count: usize, tape: &mut TapeReader<'_>) -> Result<(), DumpError> {
        // The keys of the first object are all different: only with a second can a key come again.
        let may_repeat = !self.shapes.is_empty();
        for _ in 0..count {
            let place = tape.payload_place()?;
            let number = self.keys.number(place, tape.bytes(), may_repeat)?;
            self.shape_keys.try_push(number)?;
        }
        self.shapes.try_push(self.shape_keys.len() as u32)?;
        Ok(())
    }

    fn object(&self, shape: usize, writer: &mut PickleWriter<'_>) -> Result<(Batch, Holds), DumpError> {
        let end = *self.shapes.get(shape).ok_or(DumpError::Malformed)?;
        let start = if shape == 0 { 0 } else { self.shapes[shape - 1] };
        Ok((writer.dict((end - start) as usize)?, Holds::Object(start)))
    }
}

/// Whether Python can hash what comes next, as far as its tag shows.
fn check_hashable(tape: &TapeReader<'_>) -> Result<(), DumpError> {
    if (LIST..=SAME_SHAPE).contains(&tape.peek()?) { Err(DumpError::Unhashable) } else { Ok(()) }
}
