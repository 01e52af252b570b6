//! Scripts: how the core tells JavaScript what values to build, at a word a step.
//!
//! JavaScript runs a script on a stack (`js/serializer/decode.js`). The low four bits of a step say what to do, the others
//! are its argument `n`. What does not fit in there stands beside the steps, in the order in which it is used:
//!
//! | step | pushes |
//! |---|---|
//! | TEXT n | the next n characters of `text`, which is ASCII |
//! | WIDE n | the next n units of `units`, which is UTF-16 |
//! | LONG, length | the text of the next bytes of `bytes`, which are UTF-8 |
//! | KEY n | the text that is key n |
//! | INT n | n, signed |
//! | INT32, number | the next word, signed |
//! | FLOAT | the next number of `floats` |
//! | CONSTANT n | null, true or false |
//! | BYTES, length | the next bytes of `bytes` |
//! | LIST, DICT | an empty array, an empty object |
//! | RECALL n | the value that was kept as number n |
//!
//! APPEND n takes n values off and appends them to the array below; FILL n does so with n keys and values, and the object
//! below; with 0 they do nothing. KEEP keeps the top of the stack under the next number, from 0 on for each value. ODD takes off as many values as n
//! without its low four bits says, and pushes what these, an `Odd`, make of them.
//!
//! Keys come again and again: JavaScript has them as strings, by numbers that last until there are too many (`keys.rs`).

mod keys;

use super::integer::{Literal, push_digits};
use super::push_slice;
use super::text::{TextKind, push_utf16};
use core::ops::Range;
use keys::Keys;

pub(super) const TEXT: u32 = 0;
pub(super) const KEY: u32 = 1;
const INT: u32 = 2;
const CONSTANT: u32 = 3;
const FLOAT: u32 = 4;
pub(super) const WIDE: u32 = 5;
pub(super) const LIST: u32 = 6;
pub(super) const DICT: u32 = 7;
pub(super) const APPEND: u32 = 8;
pub(super) const FILL: u32 = 9;
const BYTES: u32 = 10;
pub(super) const LONG: u32 = 11;
const INT32: u32 = 12;
const RECALL: u32 = 13;
const ODD: u32 = 14;
const KEEP: u32 = 15;

pub(super) const NULL: u32 = CONSTANT;
pub(super) const TRUE: u32 = CONSTANT | 1 << OPERATION_BITS;
pub(super) const FALSE: u32 = CONSTANT | 2 << OPERATION_BITS;

const OPERATION_BITS: u32 = 4;

/// The largest int that is exact as a JavaScript number.
const MAX_SAFE: i64 = (1 << 53) - 1;

/// A longer text, in bytes, becomes a string of its own; of shorter ones JavaScript cuts many out of one.
const SHORT: usize = 512;

/// So many values, or pairs, wait on JavaScript's stack to be put into their container at once.
const MOST_AT_ONCE: usize = 1 << 14;

/// The largest parts that are kept from one batch to the next, in elements.
const KEPT: usize = 1 << 20;

/// What ODD makes of the values that it takes off.
#[derive(Clone, Copy)]
pub(super) enum Odd {
    /// A bigint of its digits, decimal or with 0x, 0o or 0b.
    BigInt,
    /// The negative of such a bigint.
    NegativeBigInt,
    /// The number of a decimal text.
    Number,
    /// A Date of milliseconds since 1970.
    Date,
    /// A Date of local milliseconds since 1970, `fold` and a zone's name.
    ZonedDate,
    /// A Set of all.
    Set,
    /// A Map of keys and values in turn.
    Map,
    /// An object of keys and values in turn; one key is `__proto__`.
    Object,
    /// What the user's builder makes of a class's name, the arguments and, if there is one, the state.
    Instance,
}

/// The script of a batch of values.
#[derive(Default)]
pub struct Script {
    steps: Vec<u32>,
    text: Vec<u8>,
    units: Vec<u16>,
    floats: Vec<f64>,
    bytes: Vec<u8>,
    keys: Keys,
}

/// What a script consists of.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// The steps.
    pub steps: &'a [u32],
    /// Short texts of ASCII.
    pub text: &'a [u8],
    /// Short texts of other characters, and all with lone surrogates, as UTF-16.
    pub units: &'a [u16],
    /// Numbers that are no small ints.
    pub floats: &'a [f64],
    /// Byte strings, and long texts as UTF-8.
    pub bytes: &'a [u8],
    /// The keys that this batch is the first to use: the length of each in a byte, then the key.
    pub new_keys: &'a [u8],
    /// The number of the first of these. Keys of that number and above, from before, are void.
    pub first_key: u32,
}

impl Parts<'_> {
    /// Where JavaScript finds them in the module's memory: the addresses of steps, texts (and their length), units (and their
    /// count), floats and bytes, the number of the first new key, and the address of the new keys (and their length).
    #[must_use]
    pub fn places(&self) -> [u32; 10] {
        fn address<T>(part: &[T]) -> u32 {
            part.as_ptr() as usize as u32
        }
        [
            address(self.steps),
            address(self.text),
            self.text.len() as u32,
            address(self.units),
            self.units.len() as u32,
            address(self.floats),
            address(self.bytes),
            self.first_key,
            address(self.new_keys),
            self.new_keys.len() as u32,
        ]
    }
}

/// How far a script has come.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    steps: usize,
    text: usize,
    units: usize,
    floats: usize,
    bytes: usize,
}

impl Script {
    /// An empty script.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A new batch of values begins.
    pub fn clear(&mut self) {
        fn clear<T>(part: &mut Vec<T>) {
            if part.capacity() > KEPT {
                *part = Vec::new();
            }
            part.clear();
        }
        clear(&mut self.steps);
        clear(&mut self.text);
        clear(&mut self.units);
        clear(&mut self.floats);
        clear(&mut self.bytes);
        self.keys.begin();
    }

    /// What there is of it.
    #[must_use]
    pub fn parts(&self) -> Parts<'_> {
        let Self { steps, text, units, floats, bytes, keys } = self;
        Parts { steps, text, units, floats, bytes, new_keys: keys.new_keys(), first_key: keys.first() }
    }

    /// How many steps there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether there is no step.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// How many bytes it takes, without the keys.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.steps.len() * 4 + self.text.len() + self.units.len() * 2 + self.floats.len() * 8 + self.bytes.len()
    }

    /// Makes room for a value of so many stored bytes; answers whether there is memory for it.
    #[must_use]
    pub fn reserve(&mut self, stored: usize) -> bool {
        stored <= KEPT || self.bytes.try_reserve(stored).is_ok()
    }

    pub(super) const fn mark(&self) -> Mark {
        Mark {
            steps: self.steps.len(),
            text: self.text.len(),
            units: self.units.len(),
            floats: self.floats.len(),
            bytes: self.bytes.len(),
        }
    }

    /// Takes back everything since the mark.
    pub(super) fn rewind(&mut self, mark: Mark) {
        self.steps.truncate(mark.steps);
        self.text.truncate(mark.text);
        self.units.truncate(mark.units);
        self.floats.truncate(mark.floats);
        self.bytes.truncate(mark.bytes);
    }

    // ---- Steps

    /// A step that is complete by itself.
    #[inline]
    pub(super) fn step(&mut self, step: u32) {
        self.steps.push(step);
    }

    #[inline]
    pub(super) fn counted(&mut self, operation: u32, count: usize) {
        self.steps.push(with(operation, count as u32));
    }

    /// APPEND or FILL; answers which step it is. Picklers fill containers in pieces of 1,000: an earlier step for the same
    /// container is taken back, where both together are not too many.
    pub(super) fn fill(&mut self, operation: u32, mut count: usize, earlier: Option<usize>) -> usize {
        if let Some(step) = earlier.and_then(|earlier| self.steps.get_mut(earlier)) {
            let together = count + (*step >> OPERATION_BITS) as usize;
            if together <= MOST_AT_ONCE {
                *step = with(operation, 0);
                count = together;
            }
        }
        self.counted(operation, count);
        self.steps.len() - 1
    }

    pub(super) fn odd(&mut self, odd: Odd, taken: usize) {
        self.counted(ODD, taken << OPERATION_BITS | odd as usize);
    }

    pub(super) fn keep(&mut self) {
        self.steps.push(KEEP);
    }

    pub(super) fn recall(&mut self, number: u32) {
        self.steps.push(with(RECALL, number));
    }

    /// Pushes an int, as a number where that is exact, else as a bigint.
    #[inline]
    pub(crate) fn int(&mut self, value: i64) {
        const LIMIT: i64 = 1 << (31 - OPERATION_BITS);
        if (-LIMIT..LIMIT).contains(&value) {
            self.steps.push(with(INT, value as u32));
        } else {
            self.large_int(value);
        }
    }

    #[inline(never)]
    fn large_int(&mut self, value: i64) {
        if let Ok(value) = i32::try_from(value) {
            self.steps.extend_from_slice(&[INT32, value.cast_unsigned()]);
        } else if (-MAX_SAFE..=MAX_SAFE).contains(&value) {
            self.float(value as f64);
        } else {
            let start = self.text.len();
            push_digits(value.unsigned_abs(), &mut self.text);
            self.counted(TEXT, self.text.len() - start);
            self.big_int(value < 0);
        }
    }

    /// Pushes the bigint of little-endian two's complement.
    pub(super) fn long(&mut self, bytes: &[u8]) {
        let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
        self.long_text(&[b"0x"]);
        let start = self.bytes.len();
        self.bytes.resize(start + bytes.len() * 2, 0);
        let mut carry = true;
        for (byte, digits) in bytes.iter().zip(self.bytes[start..].rchunks_exact_mut(2)) {
            let mut magnitude = *byte;
            if negative {
                (magnitude, carry) = (!magnitude).overflowing_add(u8::from(carry));
            }
            digits.copy_from_slice(&super::integer::hex(magnitude));
        }
        if let Some(length) = self.steps.last_mut() {
            *length += bytes.len() as u32 * 2;
        }
        self.big_int(negative);
    }

    /// Pushes the int of a literal.
    pub(super) fn literal(&mut self, literal: Literal<'_>) {
        if let Some(value) = literal.to_i64() {
            return self.int(value);
        }
        let prefix: &[u8] = match literal.radix {
            2 => b"0b",
            8 => b"0o",
            16 => b"0x",
            _ => b"",
        };
        let digits: Vec<u8> = literal.significant().collect();
        self.long_text(&[prefix, &digits]);
        self.big_int(literal.negative);
    }

    fn big_int(&mut self, negative: bool) {
        self.odd(if negative { Odd::NegativeBigInt } else { Odd::BigInt }, 1);
    }

    #[inline]
    pub(super) fn float(&mut self, value: f64) {
        self.floats.push(value);
        self.steps.push(FLOAT);
    }

    #[inline(never)]
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.steps.extend_from_slice(&[BYTES, bytes.len() as u32]);
    }

    /// Pushes a text, given in parts, as a string of its own.
    #[inline(never)]
    pub(super) fn long_text(&mut self, parts: &[&[u8]]) {
        let start = self.bytes.len();
        parts.iter().for_each(|part| self.bytes.extend_from_slice(part));
        self.steps.extend_from_slice(&[LONG, (self.bytes.len() - start) as u32]);
    }

    /// Pushes a text, a range of `source`; answers its step, and the place of what goes with it.
    #[inline]
    pub(super) fn text(&mut self, source: &[u8], range: Range<usize>, kind: TextKind) -> (u32, usize) {
        if kind != TextKind::Ascii || range.len() > SHORT {
            return self.other_text(&source[range], kind);
        }
        let start = self.text.len();
        (self.ascii(source, range), start)
    }

    /// Pushes a text of ASCII, at most 512 bytes of `source`; answers its step.
    #[inline]
    pub(super) fn ascii(&mut self, source: &[u8], range: Range<usize>) -> u32 {
        let step = with(TEXT, range.len() as u32);
        push_slice(source, range, &mut self.text);
        self.steps.push(step);
        step
    }

    #[inline(never)]
    fn other_text(&mut self, text: &[u8], kind: TextKind) -> (u32, usize) {
        if kind != TextKind::Surrogates && text.len() > SHORT {
            self.long_text(&[text]);
            return (LONG, 0);
        }
        let start = self.units.len();
        push_utf16(text, &mut self.units);
        let step = with(WIDE, (self.units.len() - start) as u32);
        self.steps.push(step);
        (step, start)
    }

    /// Pushes a text that is a key, a range of `source`, by its number, if it has one or can be given one: then that is the step.
    #[inline]
    pub(super) fn key(&mut self, source: &[u8], range: Range<usize>) -> Option<u32> {
        let step = with(KEY, self.keys.number(source, range)?);
        self.steps.push(step);
        Some(step)
    }

    /// Pushes a text once more, by what [`Self::text`] or [`Self::key`] answered; `None` where that is not possible.
    #[inline]
    pub(super) fn repeat(&mut self, step: u32, start: usize) -> Option<()> {
        let count = (step >> OPERATION_BITS) as usize;
        match operation(step) {
            KEY => {}
            TEXT => self.text.extend_from_within(start..start + count),
            WIDE => self.units.extend_from_within(start..start + count),
            _ => return None,
        }
        self.steps.push(step);
        Some(())
    }
}

const fn with(operation: u32, argument: u32) -> u32 {
    argument << OPERATION_BITS | operation
}

/// What a step does.
#[inline]
pub(super) const fn operation(step: u32) -> u32 {
    step & ((1 << OPERATION_BITS) - 1)
}
