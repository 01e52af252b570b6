//! Values as Rust sees them.

/// A Python value of the kinds that a cache shares with JavaScript.
///
/// Reading maps the rest of the value table onto these: OrderedDict, defaultdict and Counter to `Dict`, deque to `List`,
/// bytearray to `Bytes`, Decimal, UUID, date and time to `Str`, timedelta to `Float` seconds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// `None`.
    Null,
    /// `True`, `False`.
    Bool(bool),
    /// An int of at most 64 bits.
    Int(i64),
    /// Any other int: two's complement, little-endian.
    BigInt(Vec<u8>),
    /// `float`.
    Float(f64),
    /// `str` without lone surrogates.
    Str(String),
    /// `bytes`.
    Bytes(Vec<u8>),
    /// `list`.
    List(Vec<Self>),
    /// `tuple`.
    Tuple(Vec<Self>),
    /// `dict`, in its order; reading never gives two equal string keys.
    Dict(Vec<(Self, Self)>),
    /// `set`.
    Set(Vec<Self>),
    /// `frozenset`.
    FrozenSet(Vec<Self>),
    /// `datetime`: microseconds since 1970-01-01 UTC. Written as an aware datetime in UTC; naive ones are read as UTC.
    DateTime(i64),
}
