//! The serializer against what real Pythons wrote: the files of `tests/vectors`, described in its `make.py`.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod program;

use cachelib_serializer::program::{Loader, Program};
use cachelib_serializer::{LoadErrorKind, MAX_DEPTH, Value, dumps, dumps_into, loads};
use program::assert_sound;
use std::fs;

#[test]
fn what_python_3_11_writes_is_read() {
    check_pickles("python-3.11.txt");
}

#[test]
fn what_python_3_13_writes_is_read() {
    check_pickles("python-3.13.txt");
}

#[test]
fn what_python_2_7_writes_is_read() {
    check_pickles("python-2.7.txt");
}

fn check_pickles(file: &str) {
    let mut rewritten = 0;
    for fields in lines(file) {
        let [name, protocol, pickler, flags, stored, expected] = &fields[..] else { panic!("{fields:?}") };
        let context = format!("{file}: {name}, protocol {protocol}, {pickler}");
        let stored = unhex(stored);
        if name == "lone surrogates" {
            // A Rust String cannot hold them; JavaScript can, and its tests read these.
            assert!(loads(&stored).is_err());
            continue;
        }
        let value = loads(&stored).unwrap_or_else(|error| panic!("{context}: {error}"));
        assert_eq!(&notation(&value), expected, "{context}");
        if flags.contains('r') {
            assert_eq!(hex(&dumped(&value)), hex(&stored), "{context}: written again");
            rewritten += 1;
        }
    }
    assert!(rewritten > 40 || file.contains("2.7"), "{rewritten}");
}

#[test]
fn what_has_no_value_is_refused_for_its_reason() {
    let mut loader = Loader::new();
    for fields in lines("refused.txt") {
        let [name, reason, stored] = &fields[..] else { panic!("{fields:?}") };
        let mut program = Program::new();
        loader.loads(b"before", &mut program).unwrap();
        let (before, before_size) = (program.parts().instructions.to_vec(), program.size());
        let refused = loader.loads(&unhex(stored), &mut program).expect_err(name);
        assert_eq!((program.parts().instructions, program.size()), (&before[..], before_size), "{name}");
        assert_eq!(loads(&unhex(stored)), Err(refused.clone()), "{name}");
        let shown = match refused.class() {
            Some(class) => format!("Class {}", String::from_utf8_lossy(class)),
            None => format!("{:?}", refused.kind()),
        };
        assert_eq!(&shown, reason, "{name}");
    }
}

#[test]
fn what_is_no_pickle_is_an_int_or_bytes_as_for_python() {
    for fields in lines("ints.txt") {
        let [stored, expected] = &fields[..] else { panic!("{fields:?}") };
        let stored = unhex(stored);
        let value = loads(&stored).unwrap();
        assert_eq!(&notation(&value), expected, "{stored:?}");
    }
}

#[test]
fn large_values_are_written_as_python_does_and_read_back() {
    for fields in lines("large.txt") {
        let [generator, count, length, hash] = &fields[..] else { panic!("{fields:?}") };
        let value = generate(generator, count.parse().unwrap());
        let stored = dumped(&value);
        assert_eq!(&stored.len().to_string(), length, "{generator} of {count}");
        assert_eq!(&format!("{:016x}", fnv(&stored)), hash, "{generator} of {count}");
        assert_eq!(loads(&stored), Ok(value), "{generator} of {count}");
    }
}

#[test]
fn a_vector_cut_anywhere_is_refused() {
    let mut loader = Loader::new();
    let mut program = Program::new();
    for fields in ["python-2.7.txt", "python-3.11.txt", "python-3.13.txt"].into_iter().flat_map(lines) {
        let stored = unhex(&fields[4]);
        for end in 1..stored.len() {
            assert!(loader.loads(&stored[..end], &mut program).is_err(), "{}, {end} bytes", fields[0]);
        }
        assert_eq!(loader.loads(&stored, &mut program).map(|_| ()), Ok(()), "{}: the reader still works", fields[0]);
        assert_sound(&program);
        program.clear();
    }
}

#[test]
fn a_vector_changed_anywhere_is_read_or_refused() {
    let mut loader = Loader::new();
    let mut program = Program::new();
    for fields in lines("python-3.11.txt") {
        let mut stored = unhex(&fields[4]);
        let step = stored.len() / 200 + 1;
        for at in (1..stored.len()).step_by(step) {
            for change in [1, 0x20, 0x80, 0xff] {
                stored[at] ^= change;
                program.clear();
                if loader.loads(&stored, &mut program).is_ok() {
                    assert_sound(&program);
                }
                stored[at] ^= change;
            }
        }
    }
}

#[test]
fn what_fuzzing_found_is_read_or_refused() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/loads");
    let mut loader = Loader::new();
    let mut count = 0;
    for file in fs::read_dir(folder).unwrap() {
        let stored = [b"!".to_vec(), fs::read(file.unwrap().path()).unwrap()].concat();
        let mut program = Program::new();
        let read = loader.loads(&stored, &mut program);
        assert_eq!(read.is_ok(), !program.is_empty());
        if read.is_ok() {
            assert_sound(&program);
        }
        count += 1;
    }
    assert!(count > 600, "{count} files");
}

#[test]
fn bytes_marked_read_only_are_bytes() {
    assert_eq!(loads(b"!\x80\x05C\x02ab\x98."), Ok(Value::Bytes(b"ab".to_vec())));
    assert!(loads(b"!\x80\x05]\x98.").is_err(), "a list is no buffer");
    assert!(loads(b"!\x80\x05\x98.").is_err(), "there is nothing to mark");
}

#[test]
fn numbers_as_text_are_read_as_picklers_write_them() {
    for (stored, value) in [
        (&b"!I00\n."[..], Value::Bool(false)),
        (b"!I01\n.", Value::Bool(true)),
        (b"!I-1\n.", Value::Int(-1)),
        (b"!L12L\n.", Value::Int(12)),
        (b"!L12\n.", Value::Int(12)),
        (b"!F-1.5e-07\n.", Value::Float(-1.5e-7)),
        (b"!F-inf\n.", Value::Float(f64::NEG_INFINITY)),
    ] {
        assert_eq!(loads(stored), Ok(value));
    }
    for other in [
        "I0x1",
        "I010",
        "I1\0",
        "I+1",
        "I-0",
        "I 1",
        "L0o7L",
        "L00L",
        "L12LL",
        "F0x1p0",
        "Finfinity",
        "F1e",
        "F.",
        "F1 ",
    ] {
        let stored = format!("!{other}\n.");
        assert_eq!(loads(stored.as_bytes()).map_err(|error| error.kind()), Err(LoadErrorKind::Number), "{other}");
    }
}

#[test]
fn the_factory_of_a_defaultdict_is_a_class() {
    assert_eq!(loads(b"!ccollections\ndefaultdict\n(cbuiltins\nint\ntR."), Ok(Value::Dict(vec![])));
    assert!(loads(b"!ccollections\ndefaultdict\n(]tR.").is_err(), "a list cannot be called");
}

#[test]
fn a_datetime_of_a_zone_of_the_database_is_for_javascript_to_tell() {
    for fields in lines("zones.txt").into_iter().take(936).step_by(7) {
        let stored = unhex(&fields[1]);
        let mut program = Program::new();
        assert!(Loader::new().loads(&stored, &mut program).is_ok());
        assert_sound(&program);
        assert_eq!(loads(&stored).unwrap_err().class(), Some(&b"zoneinfo.ZoneInfo"[..]));
    }
    for stored in [
        b"!cbuiltins\ngetattr\n(cdatetime\ndatetime\nV_unpickle\ntR.".as_slice(),
        b"!cbuiltins\ngetattr\n(czoneinfo\nZoneInfo\nVno_cache\ntR.",
        b"!czoneinfo\nZoneInfo._unpickle\n(Va\"b\nI1\ntR.",
    ] {
        assert!(loads(stored).is_err());
    }
}

#[test]
fn writing_has_its_limits_too() {
    let nest = |depth| (0..depth).fold(Value::Null, |inner, _| Value::List(vec![inner]));
    let mut out = b"before".to_vec();
    assert!(dumps_into(&nest(MAX_DEPTH), &mut out).is_ok());
    assert_eq!(loads(&out[6..]), Ok(nest(MAX_DEPTH)));
    out.truncate(6);
    for value in [
        nest(MAX_DEPTH + 1),
        Value::DateTime(i64::MAX),
        Value::DateTime(-62_135_596_800_000_001),
        Value::Dict(vec![(Value::List(vec![]), Value::Null)]),
        Value::Set(vec![Value::Tuple(vec![Value::Dict(vec![])])]),
    ] {
        assert!(dumps_into(&value, &mut out).is_err());
        assert_eq!(out, b"before");
    }
}

/// The generators of `large` in make.py.
fn generate(name: &str, count: usize) -> Value {
    let int = |number: usize| Value::Int(number as i64);
    let x = |count| Value::Str("x".repeat(count));
    let power = |negative| {
        let mut bytes = vec![0; count / 8 + 1];
        bytes[count / 8] = 1 << (count % 8);
        if negative {
            // In two's complement, all bits from this one on.
            bytes[count / 8] = 0xff << (count % 8);
        } else if count % 8 == 7 {
            bytes.push(0);
        }
        Value::BigInt(bytes)
    };
    match name {
        "text" => x(count),
        "bytes" => Value::Bytes(vec![b'x'; count]),
        "ints" => Value::List((0..count).map(int).collect()),
        "dict" => Value::Dict((0..count).map(|number| (int(number), int(number % 7))).collect()),
        "set" => Value::Set((0..count).map(int).collect()),
        "texts" => Value::List((0..count).map(|number| Value::Str(format!("text {number}"))).collect()),
        "padded" => Value::List(vec![
            x(count),
            Value::Int(1),
            Value::List(vec![Value::Str("y".into())]),
            Value::Dict(vec![(Value::Str("z".into()), Value::Int(2))]),
        ]),
        "pads" => Value::List(vec![
            x(40_000),
            Value::Str("y".repeat(count)),
            Value::Null,
            Value::Str("z".into()),
            Value::List(vec![]),
            Value::Dict(vec![]),
        ]),
        "outside" => Value::List(vec![
            x(count),
            Value::Bytes(vec![b'y'; count]),
            Value::Str("z".into()),
            Value::Bytes(vec![b'x'; count]),
        ]),
        "power" => Value::List(vec![power(false), power(true)]),
        _ => panic!("no generator {name}"),
    }
}

/// A value's text in the notation of make.py.
fn notation(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::BigInt(_) => {
            let digits = dumps(value).unwrap();
            if digits[0] == b'!' {
                "an int of more than 4300 digits".into()
            } else {
                String::from_utf8(digits).unwrap()
            }
        }
        Value::Float(value) => notation_of_float(*value),
        Value::Str(text) => format!("s{}", hex(text.as_bytes())),
        Value::Bytes(bytes) => format!("b{}", hex(bytes)),
        Value::List(items) | Value::Tuple(items) => {
            format!("[{}]", items.iter().map(notation).collect::<Vec<_>>().join(","))
        }
        Value::Set(items) | Value::FrozenSet(items) => format!("S({})", sorted(items.iter().map(notation))),
        Value::Dict(pairs) => {
            let is_map = pairs.iter().any(|(key, _)| !matches!(key, Value::Str(_)));
            let items = sorted(pairs.iter().map(|(key, item)| format!("{}:{}", notation(key), notation(item))));
            format!("{}{{{items}}}", if is_map { "M" } else { "" })
        }
        Value::DateTime(micros) => format!("d{}", micros.div_euclid(1000)),
        _ => panic!("a new kind of value"),
    }
}

fn notation_of_float(value: f64) -> String {
    let negative_zero = value == 0.0 && value.is_sign_negative();
    if value.is_nan() {
        "fnan".into()
    } else if value.trunc() == value && value.abs() < 9_007_199_254_740_992.0 && !negative_zero {
        (value as i64).to_string()
    } else {
        format!("f{:016x}", value.to_bits())
    }
}

fn sorted(items: impl Iterator<Item = String>) -> String {
    let mut items: Vec<String> = items.collect();
    items.sort();
    items.join(",")
}

fn dumped(value: &Value) -> Vec<u8> {
    dumps(value).unwrap()
}

fn lines(file: &str) -> Vec<Vec<String>> {
    let path = format!("{}/../../tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    let content = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let lines: Vec<_> = content.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect();
    assert!(!lines.is_empty(), "{path} is empty");
    lines
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}
