//! What JavaScript relies on when it runs a program (`js/serializer/decode.js`).

use cachelib_serializer::program::{Parts, Program};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Text,
    Number,
    Array,
    Object,
    Other,
}

/// Asserts that a program of one value leaves just that on the stack, and uses each part to its end, never beyond.
pub(crate) fn assert_sound(program: &Program) {
    let parts = program.parts();
    let mut run = Run { parts, known: known(parts), stack: Vec::new(), kept: Vec::new() };
    run.instructions();
    assert_eq!(run.stack.len(), 1, "values are left over");
    let Parts { ascii, utf16, floats, bytes, .. } = run.parts;
    assert_eq!((ascii.len(), utf16.len(), floats.len(), bytes.len()), (0, 0, 0, 0), "parts are left over");
}

/// How many keys there are, the new ones included.
fn known(parts: Parts<'_>) -> u32 {
    let mut rest = parts.new_keys;
    let mut known = parts.first_key;
    while let Some((&length, key)) = rest.split_first() {
        let (key, after) = key.split_at(length.into());
        assert!(key.is_ascii() && key != b"__proto__");
        known += 1;
        rest = after;
    }
    known
}

struct Run<'a> {
    parts: Parts<'a>,
    known: u32,
    stack: Vec<Kind>,
    kept: Vec<Kind>,
}

impl Run<'_> {
    fn instructions(&mut self) {
        let mut instructions = self.parts.instructions.iter();
        while let Some(&step) = instructions.next() {
            let argument = (step >> 4) as usize;
            let pushed = match step & 15 {
                0 => {
                    assert!(take(&mut self.parts.ascii, argument).is_ascii());
                    Kind::Text
                }
                1 => {
                    assert!((argument as u32) < self.known);
                    Kind::Text
                }
                3 => {
                    assert!(argument < 3);
                    Kind::Other
                }
                4 => {
                    take(&mut self.parts.floats, 1);
                    Kind::Number
                }
                5 => {
                    take(&mut self.parts.utf16, argument);
                    Kind::Text
                }
                6 => Kind::Array,
                7 => Kind::Object,
                8 | 9 if argument == 0 => continue,
                8 => self.into(Kind::Array, argument),
                9 => {
                    let pairs = &self.stack[self.stack.len() - argument * 2..];
                    assert!(pairs.iter().step_by(2).all(|&key| key == Kind::Text), "keys of an object are texts");
                    self.into(Kind::Object, argument * 2)
                }
                10 => {
                    take(&mut self.parts.bytes, *instructions.next().expect("an operand") as usize);
                    Kind::Other
                }
                11 => {
                    assert!(
                        std::str::from_utf8(take(
                            &mut self.parts.bytes,
                            *instructions.next().expect("an operand") as usize
                        ))
                        .is_ok()
                    );
                    Kind::Text
                }
                12 => {
                    instructions.next().expect("an operand");
                    Kind::Number
                }
                13 => self.kept[argument],
                14 => self.special(argument & 15, argument >> 4),
                15 => {
                    let top = self.stack.pop().expect("a value");
                    self.kept.push(top);
                    top
                }
                _ => Kind::Number,
            };
            self.stack.push(pushed);
        }
    }

    /// Takes values off, and the container below them.
    fn into(&mut self, container: Kind, count: usize) -> Kind {
        self.stack.truncate(self.stack.len() - count);
        assert_eq!(self.stack.pop(), Some(container));
        container
    }

    fn special(&mut self, kind: usize, taken: usize) -> Kind {
        let parts = self.stack.split_off(self.stack.len() - taken);
        match (kind, &parts[..]) {
            (0..=2, [Kind::Text]) | (3, [Kind::Number]) | (4, [Kind::Number, Kind::Number, Kind::Text]) => Kind::Other,
            (5, _) | (8, [Kind::Text, Kind::Array] | [Kind::Text, Kind::Array, _]) => Kind::Other,
            (6 | 7, _) if taken.is_multiple_of(2) => Kind::Other,
            _ => panic!("{kind} of {parts:?}"),
        }
    }
}

fn take<'a, T>(part: &mut &'a [T], count: usize) -> &'a [T] {
    let (taken, rest) = part.split_at(count);
    *part = rest;
    taken
}
