//! A program while it is written.

use super::buffer::Buffer;
use super::instruction::{
    APPEND, BYTES, BYTES_COST, COPY_COST, DICT, DICT_COST, FILL, FLOAT, INT, INT32, KEEP, KEY, LIST, LIST_COST, LONG,
    OPCODE_BITS, RECALL, SPECIAL, Special, TEXT, WIDE, argument, encode, opcode,
};
use super::key_table::KeyTable;
use super::parts::Parts;
use crate::integer::{Literal, hex};
use crate::wtf8::{StrKind, utf16_units};
use crate::{LoadErrorKind, MAX_OBJECTS};
use core::ops::Range;

/// The largest int that is exact as a JavaScript number.
const MAX_SAFE: i64 = (1 << 53) - 1;

/// A longer text, in bytes, becomes a string of its own; of shorter ones the host cuts many out of one.
const MAX_SHORT: usize = 512;

/// So many values, or pairs, wait on the host's stack to be put into their container at once.
const MAX_FILL: usize = 1 << 14;

/// The program of a batch of values.
#[derive(Default)]
pub struct Program {
    instructions: Buffer<u32>,
    ascii: Buffer<u8>,
    utf16: Buffer<u16>,
    floats: Buffer<f64>,
    bytes: Buffer<u8>,
    keys: KeyTable,
    /// What the value at hand costs the host, beyond the program's size.
    host_cost: usize,
    /// How many objects the value at hand consists of.
    objects: usize,
}

/// How far a program has come.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    instructions: usize,
    ascii: usize,
    utf16: usize,
    floats: usize,
    bytes: usize,
}

impl Program {
    /// An empty program.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A new batch of values begins.
    pub fn clear(&mut self) {
        self.instructions.clear();
        self.ascii.clear();
        self.utf16.clear();
        self.floats.clear();
        self.bytes.clear();
        self.keys.begin();
    }

    /// What there is of it.
    #[must_use]
    pub fn parts(&self) -> Parts<'_> {
        Parts {
            instructions: self.instructions.as_slice(),
            ascii: self.ascii.as_slice(),
            utf16: self.utf16.as_slice(),
            floats: self.floats.as_slice(),
            bytes: self.bytes.as_slice(),
            new_keys: self.keys.new_keys(),
            first_key: self.keys.first(),
        }
    }

    /// How many instructions there are, their operands included.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.instructions.len()
    }

    /// Whether there is no instruction.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes it takes, without the keys.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.instructions.len() * 4 + self.ascii.len() + self.utf16.len() * 2 + self.floats.len() * 8 + self.bytes.len()
    }

    /// Whether there was memory for all of it.
    pub(super) const fn is_complete(&self) -> bool {
        self.instructions.is_complete()
            && self.ascii.is_complete()
            && self.utf16.is_complete()
            && self.floats.is_complete()
            && self.bytes.is_complete()
    }

    /// The work of all so far, in the units of `Budget`.
    pub(super) const fn cost(&self) -> usize {
        self.size() + self.host_cost
    }

    /// # Errors
    /// [`LoadErrorKind::Size`] where the value at hand has more objects than it may.
    pub(super) const fn check_objects(&self) -> Result<(), LoadErrorKind> {
        if self.objects > MAX_OBJECTS { Err(LoadErrorKind::Size) } else { Ok(()) }
    }

    /// Begins a value; answers where.
    pub(super) const fn begin(&mut self) -> Mark {
        self.host_cost = 0;
        self.objects = 0;

        Mark {
            instructions: self.instructions.len(),
            ascii: self.ascii.len(),
            utf16: self.utf16.len(),
            floats: self.floats.len(),
            bytes: self.bytes.len(),
        }
    }

    /// Takes back everything since the mark.
    pub(super) fn rewind(&mut self, mark: Mark) {
        self.instructions.truncate(mark.instructions);
        self.ascii.truncate(mark.ascii);
        self.utf16.truncate(mark.utf16);
        self.floats.truncate(mark.floats);
        self.bytes.truncate(mark.bytes);
        self.host_cost = 0;
        self.objects = 0;
    }

    const fn object(&mut self, cost: usize) {
        self.host_cost += cost;
        self.objects += 1;
    }

    // ---- Constants and containers

    /// An instruction without operands.
    #[inline]
    pub(super) fn push(&mut self, instruction: u32) {
        self.instructions.push(instruction);
    }

    #[inline]
    pub(super) fn list(&mut self) {
        self.object(LIST_COST);
        self.push(LIST);
    }

    #[inline]
    pub(super) fn dict(&mut self) {
        self.object(DICT_COST);
        self.push(DICT);
    }

    /// APPEND or FILL; answers which instruction it is. Picklers fill containers in pieces of 1,000: an earlier one for the same
    /// container is taken back, where both together are not too many.
    pub(super) fn fill(&mut self, opcode: u32, mut count: usize, earlier: Option<usize>) -> usize {
        debug_assert!(opcode == APPEND || opcode == FILL);
        if let Some(instruction) = earlier.and_then(|earlier| self.instructions.get_mut(earlier)) {
            let together = count + argument(*instruction);
            if together <= MAX_FILL {
                *instruction = opcode;
                count = together;
            }
        }
        self.push(encode(opcode, count as u32));
        self.instructions.len().saturating_sub(1)
    }

    pub(super) fn special(&mut self, special: Special, taken: usize) {
        self.object(special.cost(taken));
        self.push(encode(SPECIAL, (taken as u32) << OPCODE_BITS | special as u32));
    }

    pub(super) fn keep(&mut self) {
        self.push(KEEP);
    }

    pub(super) fn recall(&mut self, number: u32) {
        self.push(encode(RECALL, number));
    }

    // ---- Numbers

    /// Pushes an int, as a number where that is exact, else as a bigint.
    #[inline]
    pub fn int(&mut self, value: i64) {
        const LIMIT: i64 = 1 << (31 - OPCODE_BITS);
        if (-LIMIT..LIMIT).contains(&value) {
            self.push(encode(INT, value as u32));
        } else {
            self.large_int(value);
        }
    }

    #[inline(never)]
    fn large_int(&mut self, value: i64) {
        if let Ok(value) = i32::try_from(value) {
            self.instructions.extend_from_slice(&[INT32, value.cast_unsigned()]);
        } else if (-MAX_SAFE..=MAX_SAFE).contains(&value) {
            self.float(value as f64);
        } else {
            self.long(&value.to_le_bytes());
        }
    }

    #[inline]
    pub(super) fn float(&mut self, value: f64) {
        self.floats.push(value);
        self.push(FLOAT);
    }

    /// Pushes the bigint of little-endian two's complement.
    pub(super) fn long(&mut self, bytes: &[u8]) {
        let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
        self.instructions.extend_from_slice(&[LONG, bytes.len() as u32 * 2 + 2]);
        self.host_cost += bytes.len() * 2 * COPY_COST;
        self.bytes.extend_from_slice(b"0x");
        let Some(digits) = self.bytes.extend_with(0, bytes.len() * 2) else { return };
        let mut carry = true;
        for (byte, digits) in bytes.iter().zip(digits.rchunks_exact_mut(2)) {
            let mut magnitude = *byte;
            if negative {
                (magnitude, carry) = (!magnitude).overflowing_add(u8::from(carry));
            }
            digits.copy_from_slice(&hex(magnitude));
        }
        self.big_int(negative);
    }

    /// Pushes the int of a literal.
    pub(super) fn literal(&mut self, literal: Literal<'_>) {
        if let Some(value) = literal.to_i64() {
            return self.int(value);
        }
        let start = self.bytes.len();
        self.host_cost += literal.digits.len() * COPY_COST;
        literal.significant().for_each(|digit| self.bytes.push(digit));
        self.instructions.extend_from_slice(&[LONG, (self.bytes.len() - start) as u32]);
        self.big_int(literal.negative);
    }

    fn big_int(&mut self, negative: bool) {
        self.special(if negative { Special::NegativeBigInt } else { Special::BigInt }, 1);
    }

    // ---- Strings and bytes

    #[inline(never)]
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.object(BYTES_COST + bytes.len() * COPY_COST);
        self.bytes.extend_from_slice(bytes);
        self.instructions.extend_from_slice(&[BYTES, bytes.len() as u32]);
    }

    /// Pushes a text as a string of its own.
    #[inline(never)]
    pub(super) fn long_text(&mut self, text: &[u8]) {
        self.host_cost += text.len() * COPY_COST;
        self.bytes.extend_from_slice(text);
        self.instructions.extend_from_slice(&[LONG, text.len() as u32]);
    }

    /// Pushes a text; answers its instruction, and the place of what goes with it.
    #[inline]
    pub(super) fn text(&mut self, text: &[u8], kind: StrKind) -> (u32, usize) {
        if kind != StrKind::Ascii || text.len() > MAX_SHORT {
            return self.other_text(text, kind);
        }
        let start = self.ascii.len();
        (self.ascii(text), start)
    }

    /// Pushes a text of ASCII, of at most 512 bytes; answers its instruction.
    #[inline]
    pub(super) fn ascii(&mut self, text: &[u8]) -> u32 {
        let instruction = encode(TEXT, text.len() as u32);
        self.ascii.extend_from_slice(text);
        self.push(instruction);
        instruction
    }

    #[inline(never)]
    fn other_text(&mut self, text: &[u8], kind: StrKind) -> (u32, usize) {
        if kind != StrKind::Surrogates && text.len() > MAX_SHORT {
            self.long_text(text);
            return (LONG, 0);
        }
        let start = self.utf16.len();
        utf16_units(text, |unit| self.utf16.push(unit));
        let instruction = encode(WIDE, (self.utf16.len() - start) as u32);
        self.push(instruction);
        (instruction, start)
    }

    /// Pushes a text that is a key, a range of `source`, by its number, if it has one or can be given one: then that is the
    /// instruction.
    #[inline]
    pub(super) fn key(&mut self, source: &[u8], range: Range<usize>) -> Option<u32> {
        let instruction = encode(KEY, self.keys.number(source, range)?);
        self.push(instruction);
        Some(instruction)
    }

    /// Pushes a text once more, by what [`Self::text`] or [`Self::key`] answered; `None` where that is not possible.
    #[inline]
    pub(super) fn repeat(&mut self, instruction: u32, start: usize) -> Option<()> {
        let range = start..start + argument(instruction);
        match opcode(instruction) {
            KEY => {}
            TEXT => self.ascii.extend_from_within(range),
            WIDE => self.utf16.extend_from_within(range),
            _ => return None,
        }
        self.push(instruction);
        Some(())
    }
}
