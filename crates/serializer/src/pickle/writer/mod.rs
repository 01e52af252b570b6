//! The pickle writer: protocol 5, byte for byte what CPython's C pickler (`Modules/_pickle.c`) writes.

mod containers;
mod datetime;

use super::arena::MAX_NODES;
use super::opcode as op;
use crate::fallible::TryGrow;
use crate::{DumpError, MAX_OBJECTS, integer};
pub(crate) use containers::{Batch, EMPTY_TUPLE};
use datetime::DateMemo;

/// A frame that holds this much or more is closed before the next object; payloads this long stand outside frames.
const FRAME_TARGET: usize = 64 << 10;
/// A frame with a shorter body is written without its header.
const FRAME_MIN: usize = 4;
const FRAME_HEADER: usize = 9;
/// Room for all that goes with an object beside its payload.
const SLACK: usize = 64;

/// Appends one pickle to a buffer. Every object is one call, or a call for its start and one for its end.
///
/// A frame is open between any two calls: something always follows, at least STOP.
pub(crate) struct PickleWriter<'a> {
    out: &'a mut Vec<u8>,
    /// Where the pickle begins.
    start: usize,
    /// Where the open frame's header stands.
    frame: usize,
    /// Below this length there is room for an object without payload, in the buffer and in the frame.
    limit: usize,
    /// How many objects the reader's memo holds.
    memoized: u32,
    /// How many of what the reader counts as objects.
    objects: usize,
    date: Option<DateMemo>,
}

impl<'a> PickleWriter<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>) -> Result<Self, DumpError> {
        out.try_grow(SLACK)?;
        let start = out.len();
        out.push(op::PROTO);
        out.push(5);
        let frame = begin_frame(out);
        Ok(Self { out, start, frame, limit: 0, memoized: 0, objects: 0, date: None })
    }

    /// # Errors
    /// [`DumpError::Size`] where a reader would refuse the pickle for its number of objects.
    pub(crate) fn finish(mut self) -> Result<(), DumpError> {
        self.room()?;
        self.out.push(op::STOP);
        self.close_frame();
        // Whatever becomes a node of the arena is memoized, but for numbers of five bytes and more.
        let nodes = self.memoized as usize + (self.out.len() - self.start) / 5;
        if self.objects > MAX_OBJECTS || nodes > MAX_NODES { Err(DumpError::Size) } else { Ok(()) }
    }

    pub(crate) fn none(&mut self) -> Result<(), DumpError> {
        self.opcode(op::NONE)
    }

    pub(crate) fn bool(&mut self, value: bool) -> Result<(), DumpError> {
        self.opcode(if value { op::NEWTRUE } else { op::NEWFALSE })
    }

    #[inline]
    pub(crate) fn int(&mut self, value: i64) -> Result<(), DumpError> {
        self.object(0)?;
        if let Ok(byte) = u8::try_from(value) {
            self.out.extend_from_slice(&[op::BININT1, byte]);
        } else if let Ok(short) = u16::try_from(value) {
            self.opcode_with(op::BININT2, short.to_le_bytes());
        } else if let Ok(int) = i32::try_from(value) {
            self.opcode_with(op::BININT, int.to_le_bytes());
        } else {
            let (bytes, length) = integer::to_le_bytes(value);
            self.out.extend_from_slice(&[op::LONG1, length as u8]);
            self.out.extend_from_slice(&bytes[..length]);
        }
        Ok(())
    }

    /// An int of any size, as little-endian two's complement.
    pub(crate) fn long(&mut self, bytes: &[u8]) -> Result<(), DumpError> {
        if let Some(small) = integer::from_le_bytes(bytes) {
            return self.int(small);
        }
        self.objects += 1;
        self.object(bytes.len())?;
        let bytes = integer::minimal(bytes);
        match u8::try_from(bytes.len()) {
            Ok(length) => self.out.extend_from_slice(&[op::LONG1, length]),
            Err(_) => self.opcode_with(op::LONG4, (bytes.len() as u32).to_le_bytes()),
        }
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    pub(crate) fn float(&mut self, value: f64) -> Result<(), DumpError> {
        self.object(0)?;
        self.opcode_with(op::BINFLOAT, value.to_bits().to_be_bytes());
        Ok(())
    }

    /// A `str`, in UTF-8 with lone surrogates as three bytes (Python's `surrogatepass`).
    #[inline]
    pub(crate) fn text(&mut self, utf8: &[u8]) -> Result<(), DumpError> {
        self.payload(utf8, op::SHORT_BINUNICODE, op::BINUNICODE)
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), DumpError> {
        self.objects += 1;
        self.payload(bytes, op::SHORT_BINBYTES, op::BINBYTES)
    }

    /// The memo index that the next memoized object gets.
    pub(crate) const fn next_memo(&self) -> u32 {
        self.memoized
    }

    /// An object that was written before.
    #[inline]
    pub(crate) fn reference(&mut self, index: u32) -> Result<(), DumpError> {
        self.object(0)?;
        match u8::try_from(index) {
            Ok(index) => self.out.extend_from_slice(&[op::BINGET, index]),
            Err(_) => self.opcode_with(op::LONG_BINGET, index.to_le_bytes()),
        }
        Ok(())
    }

    #[inline]
    fn payload(&mut self, bytes: &[u8], short: u8, long: u8) -> Result<(), DumpError> {
        self.object(bytes.len())?;
        let outside = bytes.len() >= FRAME_TARGET;
        if outside {
            self.close_frame();
        }
        match u8::try_from(bytes.len()) {
            Ok(length) => {
                self.out.push(short);
                self.out.push(length);
            }
            // Longer than 4 GiB cannot come here: MAX_STORED is checked where values come in.
            Err(_) => self.opcode_with(long, (bytes.len() as u32).to_le_bytes()),
        }
        self.out.extend_from_slice(bytes);
        if outside {
            self.open_frame();
            self.grow(0)?;
        }
        self.memoize();
        Ok(())
    }

    /// An opcode whose object the reader memoizes.
    fn push_memoized(&mut self, opcode: u8) {
        self.out.push(opcode);
        self.memoize();
    }

    #[inline]
    fn memoize(&mut self) {
        self.out.push(op::MEMOIZE);
        self.memoized += 1;
    }

    #[inline]
    fn opcode_with<const N: usize>(&mut self, opcode: u8, argument: [u8; N]) {
        self.out.push(opcode);
        self.out.extend_from_slice(&argument);
    }

    /// Every object begins here, with room for its payload: the C pickler's frames can only end between objects.
    #[inline]
    fn object(&mut self, payload: usize) -> Result<(), DumpError> {
        if self.out.len() + payload < self.limit { Ok(()) } else { self.object_beyond(payload) }
    }

    #[cold]
    fn object_beyond(&mut self, payload: usize) -> Result<(), DumpError> {
        if self.out.len() - self.frame >= FRAME_TARGET + FRAME_HEADER {
            self.close_frame();
            self.open_frame();
        }
        self.grow(payload)
    }

    /// An object that is an opcode alone.
    fn opcode(&mut self, opcode: u8) -> Result<(), DumpError> {
        self.object(0)?;
        self.out.push(opcode);
        Ok(())
    }

    /// Room for the opcodes behind an object.
    #[inline]
    fn room(&mut self) -> Result<(), DumpError> {
        if self.out.len() < self.limit { Ok(()) } else { self.grow(0) }
    }

    #[cold]
    fn grow(&mut self, payload: usize) -> Result<(), DumpError> {
        self.out.try_grow(payload + 2 * SLACK)?;
        self.limit = (self.out.capacity() - SLACK).min(self.frame + FRAME_TARGET + FRAME_HEADER);
        Ok(())
    }

    fn open_frame(&mut self) {
        self.frame = begin_frame(self.out);
    }

    fn close_frame(&mut self) {
        let body = self.out.len() - self.frame - FRAME_HEADER;
        if body < FRAME_MIN {
            self.out.drain(self.frame..self.frame + FRAME_HEADER);
        } else {
            self.out[self.frame + 1..self.frame + FRAME_HEADER].copy_from_slice(&(body as u64).to_le_bytes());
        }
    }
}

/// Appends a frame's header, whose length is still to come; answers where it stands.
fn begin_frame(out: &mut Vec<u8>) -> usize {
    let start = out.len();
    out.extend_from_slice(&[op::FRAME, 0, 0, 0, 0, 0, 0, 0, 0]);
    start
}
