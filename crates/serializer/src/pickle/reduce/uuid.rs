//! UUIDs.

use super::to_int;
use crate::fallible::TryGrow;
use crate::integer;
use crate::pickle::arena::Arena;
use crate::pickle::node::{Id, Kind, SCRATCH, text_flags};
use crate::wtf8::StrKind;

/// As many digits as 128 bits have.
const MAX_INT_TEXT: usize = 39;

/// Gives a UUID, which was made without anything, its state.
pub(crate) fn set_state(arena: &mut Arena, object: Id, state: Id, input: &[u8]) -> Option<()> {
    let dict = arena.of_kind(state, Kind::Dict)?;
    let mut number = None;
    let mut items = arena.items(dict);
    // There is `int`, and perhaps `is_safe`: a state of many keys, given to many objects, would take for ever.
    for _ in 0..2 {
        let (Some(key), Some(value)) = (items.next(), items.next()) else { break };
        let key = arena.of_kind(key, Kind::Str)?;
        if arena.range(key, input) == b"int" {
            number = Some(value);
        }
    }
    let bytes = uuid_bytes(arena, number?, input)?;
    let grown = arena.scratch.try_grow(36);
    arena.note(grown)?;
    let start = arena.scratch.len();
    for (at, byte) in bytes.iter().rev().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            arena.scratch.push(b'-');
        }
        arena.scratch.extend_from_slice(&integer::hex(*byte));
    }
    let end = arena.scratch.len() as u32;
    let node = &mut arena.nodes[object.index()];
    node.kind = Kind::Derived;
    node.flags |= SCRATCH | text_flags(StrKind::Ascii);
    (node.a, node.b) = (start as u32, end);
    Some(())
}

/// The 128 bits of a UUID's `int`, little-endian.
fn uuid_bytes(arena: &Arena, number: Id, input: &[u8]) -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    if let Some(small) = to_int(arena, number) {
        bytes[..8].copy_from_slice(&u64::try_from(small).ok()?.to_le_bytes());
        return Some(bytes);
    }
    let node = arena.node(number)?;
    if !matches!(node.kind, Kind::Long | Kind::IntText) {
        return None;
    }
    let range = arena.range(node, input);
    match node.kind {
        Kind::Long => {
            let used = range.strip_suffix(&[0]).unwrap_or(range);
            let negative = range.last().is_none_or(|byte| byte & 0x80 != 0);
            if negative || used.len() > 16 {
                return None;
            }
            bytes[..used.len()].copy_from_slice(used);
        }
        Kind::IntText if range.len() <= MAX_INT_TEXT => {
            let literal = integer::parse_int(range)?;
            for digit in literal.significant() {
                let mut carry = u32::from(digit - b'0');
                for byte in &mut bytes {
                    carry += u32::from(*byte) * 10;
                    *byte = carry as u8;
                    carry >>= 8;
                }
                if carry > 0 {
                    return None;
                }
            }
            if literal.negative {
                return None;
            }
        }
        _ => return None,
    }
    Some(bytes)
}
