//! How instructions are encoded: the table in the module's documentation.

pub(super) const TEXT: u32 = 0;
pub(super) const KEY: u32 = 1;
pub(super) const INT: u32 = 2;
pub(super) const CONSTANT: u32 = 3;
pub(super) const FLOAT: u32 = 4;
pub(super) const WIDE: u32 = 5;
pub(super) const LIST: u32 = 6;
pub(super) const DICT: u32 = 7;
pub(super) const APPEND: u32 = 8;
pub(super) const FILL: u32 = 9;
pub(super) const BYTES: u32 = 10;
pub(super) const LONG: u32 = 11;
pub(super) const INT32: u32 = 12;
pub(super) const RECALL: u32 = 13;
pub(super) const SPECIAL: u32 = 14;
pub(super) const KEEP: u32 = 15;

pub(super) const NULL: u32 = encode(CONSTANT, 0);
pub(super) const TRUE: u32 = encode(CONSTANT, 1);
pub(super) const FALSE: u32 = encode(CONSTANT, 2);

pub(super) const OPCODE_BITS: u32 = 4;

/// What SPECIAL makes of the values that it takes off.
#[derive(Clone, Copy)]
pub(super) enum Special {
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
    /// What the user's reviver makes of a class's name, the arguments and, if there is one, the state.
    Instance,
}

impl Special {
    /// The work that it is to the host, beyond that of any instruction, in the units of `Budget`: mostly memory, by estimate;
    /// of a date in a named zone, time.
    pub(super) const fn cost(self, taken: usize) -> usize {
        match self {
            Self::BigInt | Self::NegativeBigInt | Self::Number => 32,
            Self::Date => 96,
            Self::ZonedDate => 1000,
            Self::Set | Self::Map | Self::Object => 160 + taken * 24,
            Self::Instance => 64,
        }
    }
}

/// As [`Special::cost`], of an empty array, an empty object, and a byte string without its bytes.
pub(super) const LIST_COST: usize = 16;
pub(super) const DICT_COST: usize = 56;
pub(super) const BYTES_COST: usize = 200;
/// Of a byte of a byte string or a long text: the host's copy, and what a buffer holds when it has just doubled.
pub(super) const COPY_COST: usize = 2;

#[inline]
pub(super) const fn encode(opcode: u32, argument: u32) -> u32 {
    argument << OPCODE_BITS | opcode
}

#[inline]
pub(super) const fn opcode(instruction: u32) -> u32 {
    instruction & ((1 << OPCODE_BITS) - 1)
}

#[inline]
pub(super) const fn argument(instruction: u32) -> usize {
    (instruction >> OPCODE_BITS) as usize
}
