//! How much memory stored bytes can take, counted by the allocator itself.

mod counting_allocator;
mod hostile;

use cachelib_serializer::program::{Loader, Program};
use cachelib_serializer::tape::{Dumper, StringBatch, TapeReader};
use cachelib_serializer::{DumpError, LoadErrorKind, Value, dumps, loads};
use counting_allocator::{MIB, given_for, peak_of, with_spare};
use hostile::HOSTILE;

#[test]
fn hostile_bytes_take_at_most_64_times_their_length() {
    for (name, make) in HOSTILE {
        let stored = [b"!", &make(MIB / 2)[..]].concat();
        let peak = peak_of(|| drop(Loader::new().loads(&stored, &mut Program::new())));
        assert!(peak <= stored.len() * 64, "{name}: {} times", peak / stored.len());
        let peak = peak_of(|| drop(loads(&stored)));
        assert!(peak <= stored.len() * 96, "{name} as a native value: {} times", peak / stored.len());
    }
}

#[test]
fn a_value_for_which_there_is_no_memory_is_an_error() {
    let value = Value::List((0..2_000_000).map(|number| Value::Float(f64::from(number))).collect());
    let stored = dumps(&value).unwrap();
    let (mut loader, mut program) = (Loader::new(), Program::new());
    assert_eq!(loader.loads(b"before", &mut program), Ok(false));
    let size = program.size();
    for spare in [MIB, 4 * MIB, 16 * MIB] {
        let given = given_for(|| {
            with_spare(spare, || {
                let read = loader.loads(&stored, &mut program).map_err(|error| error.kind());
                assert_eq!((read, program.size()), (Err(LoadErrorKind::OutOfMemory), size));
                assert_eq!(loads(&stored).map_err(|error| error.kind()), Err(LoadErrorKind::OutOfMemory));
                assert_eq!(dumps(&value), Err(DumpError::OutOfMemory));
                assert_eq!(loader.loads(b"!N.", &mut program), Ok(false), "it reads on");
            });
        });
        // Each element that found no room for twice as many was once a copy of all.
        assert!(given < 40 * stored.len(), "{} times", given / stored.len());
        program.clear();
        assert_eq!(loader.loads(b"before", &mut program), Ok(false));
    }
}

#[test]
fn a_tape_for_which_there_is_no_memory_is_an_error() {
    const DATES: u32 = 500_000;
    let tape = [&[12][..], &DATES.to_le_bytes(), &[&[11][..], &[0; 8]].concat().repeat(DATES as usize)].concat();
    let mut out = b"before".to_vec();
    with_spare(MIB, || {
        let result = Dumper::default().dumps(&mut TapeReader::new(&tape, StringBatch::new(b"")), &mut out);
        assert_eq!((result, &out[..]), (Err(DumpError::OutOfMemory), &b"before"[..]));
    });
    let result = Dumper::default().dumps(&mut TapeReader::new(&tape, StringBatch::new(b"")), &mut out);
    assert_eq!(result, Ok(()));
}

#[test]
fn a_stored_stream_of_one_opcode_takes_a_few_times_its_size() {
    const COUNT: usize = 32 * MIB;
    // MARK; MEMOIZE; a list, and another one in its place; DUP; a list in a list, and so on.
    for (start, unit) in
        [(&b"]"[..], &b"("[..]), (b"]", b"\x94"), (b"]", b"]0"), (b"]", b"2"), (b"", b"]"), (b"](", b"N")]
    {
        let pickle = [start, &unit.repeat(COUNT / unit.len())].concat();
        let stored = [b"!\x80\x05\x95".as_slice(), &(pickle.len() as u64).to_le_bytes(), &pickle].concat();
        let mut loader = Loader::new();
        let peak = peak_of(|| assert!(loader.loads(&stored, &mut Program::new()).is_err()));
        assert!(peak < 16 * COUNT, "{peak} bytes for {unit:x?}");
    }
}
