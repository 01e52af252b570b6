//! The tape: how JavaScript hands a value over, and its way into stored bytes.
//!
//! `writeValue` in `js/serializer/tape.js` walks a value once and writes a tag for each part, all numbers little-endian:
//!
//! | tag | then | Python |
//! |---|---|---|
//! | 0, 1, 2 | | None, False, True |
//! | 3 | u8 | int |
//! | 4 | i32 | int |
//! | 5 | f64 holding a safe integer | int |
//! | 6 | f64 | float |
//! | 7 | u8 length, UTF-8 (lone surrogates as three bytes) | str |
//! | 8 | u32 length, UTF-8 | str |
//! | 9 | u32 length, bytes | bytes |
//! | 10 | u32 length, two's complement | int |
//! | 11 | f64 milliseconds since 1970 | aware datetime, UTC |
//! | 12, 13 | u32 count, as many values | list, set |
//! | 14 | u32 count, as many keys and values in turn | dict |
//! | 15 | u32 count, as many keys (7 or 8), as many values; defines the next shape | dict with str keys |
//! | 16 | u32 shape (the first is 0), as many values as it has keys | dict with str keys |
//! | 17 | u32 n | the n-th of the tags 12 to 16, once more |
//!
//! and, as a whole value only:
//!
//! | tag | then | stored |
//! |---|---|---|
//! | 18 | u32 length, ASCII digits | an int too large for tag 5 |
//! | 19 | u32 length, bytes | these bytes, from another serializer |

use super::pickle::{Batch, Writer};
use super::{DumpError, MAX_DEPTH, MAX_STORED, PICKLED, integer};

const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const BYTE: u8 = 3;
const INT: u8 = 4;
const SAFE: u8 = 5;
const FLOAT: u8 = 6;
const SHORT_TEXT: u8 = 7;
const TEXT: u8 = 8;
const BYTES: u8 = 9;
const LONG: u8 = 10;
const DATE: u8 = 11;
const LIST: u8 = 12;
const SET: u8 = 13;
const MAP: u8 = 14;
const OBJECT: u8 = 15;
const LIKE: u8 = 16;
const SHARED: u8 = 17;
const DIGITS: u8 = 18;
const STORED: u8 = 19;

/// Appends the stored form of the value at the head of `tape` to `out`; answers how many bytes of the tape it took.
///
/// # Errors
/// [`DumpError`]; `out` is then as it was.
pub fn dumps(tape: &[u8], out: &mut Vec<u8>) -> Result<usize, DumpError> {
    Dumper::default().dumps(tape, out)
}

/// Turns tapes into stored bytes; keeps its working memory from one value to the next.
#[derive(Default)]
pub struct Dumper {
    frames: Vec<Frame>,
    keys: Keys,
    /// Each shape's end in `shape_keys`; it starts where the one before ends.
    shapes: Vec<u32>,
    shape_keys: Vec<u32>,
    /// The memo index of each container so far.
    containers: Vec<u32>,
}

/// A container that is being written.
struct Frame {
    batch: Batch,
    holds: Holds,
}

enum Holds {
    /// Values in a row.
    List,
    /// Hashable values in a row.
    Set,
    /// Keys and values in turn; `true` while a value is due.
    Map(bool),
    /// Values for the keys from this one on in `shape_keys`.
    Object(u32),
}

impl Dumper {
    /// As the function [`dumps`].
    ///
    /// # Errors
    /// [`DumpError`]; `out` is then as it was.
    pub fn dumps(&mut self, tape: &[u8], out: &mut Vec<u8>) -> Result<usize, DumpError> {
        let start = out.len();
        let mut tape = Tape { bytes: tape, at: 0 };
        let result = self.stored(&mut tape, out);
        if result.is_ok() && out.len() - start <= MAX_STORED {
            return Ok(tape.at);
        }
        out.truncate(start);
        Err(result.err().unwrap_or(DumpError::Size))
    }

    fn stored(&mut self, tape: &mut Tape<'_>, out: &mut Vec<u8>) -> Result<(), DumpError> {
        let head = tape.at;
        match tape.byte()? {
            BYTE => integer::push_decimal(i64::from(tape.byte()?), out),
            INT => integer::push_decimal(i64::from(tape.i32()?), out),
            SAFE => integer::push_decimal(tape.f64()? as i64, out),
            DIGITS | STORED => out.extend_from_slice(tape.long_payload()?),
            _ => {
                tape.at = head;
                out.push(PICKLED);
                let mut writer = Writer::new(out);
                self.pickle(tape, &mut writer)?;
                writer.finish();
            }
        }
        Ok(())
    }

    fn pickle(&mut self, tape: &mut Tape<'_>, writer: &mut Writer<'_>) -> Result<(), DumpError> {
        self.frames.clear();
        self.keys.clear();
        self.shapes.clear();
        self.shape_keys.clear();
        self.containers.clear();
        self.value(tape, writer)?;
        while let Some(frame) = self.frames.last_mut() {
            if frame.batch.is_full() {
                self.frames.pop();
                self.item_written(writer);
                continue;
            }
            match &mut frame.holds {
                Holds::Map(true) => {}
                Holds::Map(false) | Holds::Set => {
                    writer.before_item(&frame.batch);
                    if (LIST..=LIKE).contains(&tape.peek()?) {
                        return Err(DumpError::Unhashable);
                    }
                }
                Holds::List => writer.before_item(&frame.batch),
                Holds::Object(key) => {
                    writer.before_item(&frame.batch);
                    self.keys.write(self.shape_keys[*key as usize], tape.bytes, writer);
                    *key += 1;
                }
            }
            let depth = self.frames.len();
            self.value(tape, writer)?;
            if self.frames.len() == depth {
                self.item_written(writer);
            }
        }
        Ok(())
    }

    fn item_written(&mut self, writer: &mut Writer<'_>) {
        let Some(frame) = self.frames.last_mut() else { return };
        if let Holds::Map(value_due) = &mut frame.holds {
            *value_due = !*value_due;
            if *value_due {
                return;
            }
        }
        writer.after_item(&mut frame.batch);
    }

    /// Writes a scalar, or starts a container.
    #[inline]
    fn value(&mut self, tape: &mut Tape<'_>, writer: &mut Writer<'_>) -> Result<(), DumpError> {
        match tape.byte()? {
            NULL => writer.none(),
            FALSE => writer.bool(false),
            TRUE => writer.bool(true),
            BYTE => writer.int(i64::from(tape.byte()?)),
            INT => writer.int(i64::from(tape.i32()?)),
            SAFE => writer.int(tape.f64()? as i64),
            FLOAT => writer.float(tape.f64()?),
            SHORT_TEXT => writer.text(tape.short_payload()?),
            TEXT => writer.text(tape.long_payload()?),
            BYTES => writer.bytes(tape.long_payload()?),
            LONG => writer.long(tape.long_payload()?),
            DATE => {
                let millis = tape.f64()?;
                // Beyond this, the product with 1000 is far outside the years that Python knows.
                let micros = if millis.abs() < 1e15 { millis as i64 * 1000 } else { i64::MAX };
                writer.datetime(micros).ok_or(DumpError::Date)?;
            }
            SHARED => {
                let number = tape.u32()?;
                let memo = self.containers.get(number as usize).ok_or(DumpError::Malformed)?;
                writer.reference(*memo);
            }
            tag => return self.container(tag, tape, writer),
        }
        Ok(())
    }

    fn container(&mut self, tag: u8, tape: &mut Tape<'_>, writer: &mut Writer<'_>) -> Result<(), DumpError> {
        if self.frames.len() >= MAX_DEPTH {
            return Err(DumpError::Depth);
        }
        let count = tape.u32()? as usize;
        self.containers.push(writer.next_memo());
        let (batch, holds) = match tag {
            LIST => (writer.list(count), Holds::List),
            SET => (writer.set(count), Holds::Set),
            MAP => (writer.dict(count), Holds::Map(false)),
            OBJECT => {
                self.define_shape(count, tape)?;
                self.object(self.shapes.len() - 1, writer)?
            }
            LIKE => self.object(count, writer)?,
            _ => return Err(DumpError::Malformed),
        };
        self.frames.push(Frame { batch, holds });
        Ok(())
    }

    fn define_shape(&mut self, count: usize, tape: &mut Tape<'_>) -> Result<(), DumpError> {
        // The keys of the first object are all different: only with a second can a key come again.
        let may_repeat = !self.shapes.is_empty();
        for _ in 0..count {
            let text = match tape.byte()? {
                SHORT_TEXT => tape.short_payload()?,
                TEXT => tape.long_payload()?,
                _ => return Err(DumpError::Malformed),
            };
            let start = tape.at - text.len();
            self.shape_keys.push(self.keys.number(start, tape.at, tape.bytes, may_repeat));
        }
        self.shapes.push(self.shape_keys.len() as u32);
        Ok(())
    }

    fn object(&self, shape: usize, writer: &mut Writer<'_>) -> Result<(Batch, Holds), DumpError> {
        let end = *self.shapes.get(shape).ok_or(DumpError::Malformed)?;
        let start = if shape == 0 { 0 } else { self.shapes[shape - 1] };
        Ok((writer.dict((end - start) as usize), Holds::Object(start)))
    }
}

/// The object keys of a value: one that comes again is written as a reference, as for Python's interned strings.
#[derive(Default)]
struct Keys {
    known: Vec<Key>,
    /// An open-addressing table of numbers of `known`, plus one; empty until a key can repeat.
    slots: Vec<u32>,
}

struct Key {
    start: u32,
    end: u32,
    /// Its memo index; `UNWRITTEN` before its first use.
    memo: u32,
}

const UNWRITTEN: u32 = u32::MAX;
/// So far a key is looked for. Past it the key is written anew, which is as right, and no set of keys makes this slow.
const MAX_PROBES: usize = 16;

impl Keys {
    fn clear(&mut self) {
        self.known.clear();
        self.slots.clear();
    }

    /// The number of the key that stands at `start..end` of the tape.
    fn number(&mut self, start: usize, end: usize, tape: &[u8], may_repeat: bool) -> u32 {
        let number = self.known.len() as u32;
        if may_repeat {
            if self.known.len() * 2 >= self.slots.len() {
                self.rehash(tape);
            }
            if let Some(known) = self.find_or_insert(&tape[start..end], number, tape) {
                return known;
            }
        }
        self.known.push(Key { start: start as u32, end: end as u32, memo: UNWRITTEN });
        number
    }

    fn rehash(&mut self, tape: &[u8]) {
        let size = (self.known.len() * 4).next_power_of_two().max(32);
        self.slots.clear();
        self.slots.resize(size, 0);
        for number in 0..self.known.len() {
            let Key { start, end, .. } = self.known[number];
            self.find_or_insert(&tape[start as usize..end as usize], number as u32, tape);
        }
    }

    fn find_or_insert(&mut self, text: &[u8], number: u32, tape: &[u8]) -> Option<u32> {
        let mask = self.slots.len() - 1;
        let first = hash(text);
        for probe in 0..MAX_PROBES {
            let slot = (first as usize).wrapping_add(probe) & mask;
            let Some(known) = self.slots[slot].checked_sub(1) else {
                self.slots[slot] = number + 1;
                return None;
            };
            let key = &self.known[known as usize];
            if &tape[key.start as usize..key.end as usize] == text {
                return Some(known);
            }
        }
        None
    }

    fn write(&mut self, number: u32, tape: &[u8], writer: &mut Writer<'_>) {
        let key = &mut self.known[number as usize];
        if key.memo == UNWRITTEN {
            key.memo = writer.next_memo();
            writer.text(&tape[key.start as usize..key.end as usize]);
        } else {
            writer.reference(key.memo);
        }
    }
}

/// FNV-1a, with its high half folded in, since the table takes the low bits.
fn hash(text: &[u8]) -> u32 {
    let hash = text.iter().fold(0x811c_9dc5_u32, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash ^ hash >> 15
}

/// A reading position on a tape.
struct Tape<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Tape<'a> {
    #[inline]
    fn take(&mut self, length: usize) -> Result<&'a [u8], DumpError> {
        let taken = self.bytes[self.at..].get(..length).ok_or(DumpError::Malformed)?;
        self.at += length;
        Ok(taken)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], DumpError> {
        let array = self.bytes[self.at..].first_chunk().ok_or(DumpError::Malformed)?;
        self.at += N;
        Ok(*array)
    }

    #[inline]
    fn peek(&self) -> Result<u8, DumpError> {
        self.bytes.get(self.at).copied().ok_or(DumpError::Malformed)
    }

    #[inline]
    fn byte(&mut self) -> Result<u8, DumpError> {
        let byte = self.peek()?;
        self.at += 1;
        Ok(byte)
    }

    #[inline]
    fn u32(&mut self) -> Result<u32, DumpError> {
        self.array().map(u32::from_le_bytes)
    }

    #[inline]
    fn i32(&mut self) -> Result<i32, DumpError> {
        self.array().map(i32::from_le_bytes)
    }

    #[inline]
    fn f64(&mut self) -> Result<f64, DumpError> {
        self.array().map(f64::from_le_bytes)
    }

    #[inline]
    fn short_payload(&mut self) -> Result<&'a [u8], DumpError> {
        let length = self.byte()?;
        self.take(usize::from(length))
    }

    fn long_payload(&mut self) -> Result<&'a [u8], DumpError> {
        let length = self.u32()?;
        self.take(length as usize)
    }
}
