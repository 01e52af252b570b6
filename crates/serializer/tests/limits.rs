//! Hostile pickles: each limit of the reader with an input that tries to break it, in bounded time and memory.

mod hostile;
mod program;

use cachelib_serializer::program::{Loader, Program};
use cachelib_serializer::{DumpError, LoadErrorKind, MAX_OBJECTS, Value, dumps, loads};
use hostile::HOSTILE;
use program::assert_sound;
use std::time::{Duration, Instant};

/// The program's size in bytes, or why there is none; the time is bounded, generously for slow machines and debug builds.
fn read(pickle: &[u8]) -> Result<usize, LoadErrorKind> {
    let stored = [b"!", pickle].concat();
    let mut program = Program::new();
    let start = Instant::now();
    let result = Loader::new().loads(&stored, &mut program);
    let per_megabyte = Duration::from_secs(2).mul_f64(1.0 + stored.len() as f64 / 1e6);
    assert!(start.elapsed() < per_megabyte, "{:?} for {} bytes", start.elapsed(), stored.len());
    assert!(program.size() <= stored.len() * 64 + 4096 + 600, "{} bytes of {}", program.size(), stored.len());
    result.map(|_| program.size()).map_err(|error| error.kind())
}

fn repeated(start: &[u8], unit: &[u8], count: usize, end: &[u8]) -> Vec<u8> {
    [start, &unit.repeat(count), end].concat()
}

#[test]
fn doubling_by_dup_stays_as_small_as_it_was() {
    let length = read(&repeated(b"\x80\x02K\x01", b"2\x86", 900, b".")).unwrap();
    assert!(length < 60_000, "{length}");
}

#[test]
fn doubling_by_the_memo_stays_as_small_as_it_was() {
    let mut pickle = b"\x80\x02]q\x00".to_vec();
    for level in 0..200_u8 {
        pickle.extend_from_slice(&[b']', b'q', level + 1, b'(', b'h', level, b'h', level, b'e']);
    }
    pickle.push(b'.');
    assert!(read(&pickle).unwrap() < 20_000);
}

#[test]
fn a_long_text_is_written_once_however_often_it_comes() {
    let text = [b"\x80\x02](X\x00\x00\x01\x00".as_slice(), &[b'x'; 1 << 16], b"q\x00"].concat();
    let length = read(&repeated(&text, b"h\x00", 100_000, b"e.")).unwrap();
    assert!(length < 2_500_000, "{length}");
}

#[test]
fn a_long_key_is_written_once_however_often_it_comes() {
    let key = [b"\x80\x02](X\x00\x10\x00\x00".as_slice(), &[b'k'; 1 << 12], b"q\x000"].concat();
    let length = read(&repeated(&key, b"}h\x00Ns", 100_000, b"e.")).unwrap();
    assert!(length < 3_500_000, "{length}");
}

#[test]
fn short_texts_that_come_again_and_again_are_written_once() {
    let text = [b"\x80\x02](X\x3f\x00\x00\x00".as_slice(), &[1; 63], b"q\x00"].concat();
    assert!(read(&repeated(&text, b"2", 100_000, b"e.")).unwrap() < 500_000);
    assert!(read(&repeated(&text, b"h\x00", 100_000, b"e.")).is_ok(), "a pickler writes this");
}

#[test]
fn deep_nesting_is_refused_without_recursion() {
    assert_eq!(read(&repeated(b"", b"]", 2_000_000, &repeated(b"", b"a", 1_999_999, b"."))), Err(LoadErrorKind::Depth));
    assert_eq!(read(&repeated(b"\x80\x02N", b"\x85", 2_000_000, b".")), Err(LoadErrorKind::Depth));
    assert!(read(&repeated(b"", b"]", 1000, &repeated(b"", b"a", 999, b"."))).is_ok());
}

#[test]
fn endless_streams_are_refused_before_they_take_more() {
    const COUNT: usize = 100_000_000;
    for (opcode, refused) in [(b"]", LoadErrorKind::Size), (b"}", LoadErrorKind::Size), (b"(", LoadErrorKind::Depth)] {
        assert_eq!(read(&repeated(b"\x80\x02", opcode, COUNT, b".")), Err(refused));
    }
    assert_eq!(read(&repeated(b"\x80\x02", b"N", COUNT, b".")), Ok(4), "what is left over takes nothing");
    assert_eq!(read(&repeated(b"\x80\x02N", b"0N", COUNT / 2, b".")), Ok(4), "what is thrown away takes nothing");
    assert_eq!(read(&repeated(b"\x80\x02", b"]0", 9_000_000, b"N.")), Err(LoadErrorKind::Size));
}

#[test]
fn work_grows_no_faster_than_the_bytes() {
    for (name, make) in HOSTILE {
        let [(half, half_length), (whole, length)] = [150_000, 300_000].map(|length| {
            let stored = [b"!", &make(length)[..]].concat();
            let (mut loader, mut program) = (Loader::new(), Program::new());
            let result = loader.loads(&stored, &mut program);
            let (work, most) = loader.work();
            assert!(work <= most && most <= stored.len() * 64 + 4096, "{name}");
            assert!(program.size() <= stored.len() * 64 + 4096, "{name}");
            if result.is_ok() {
                assert_sound(&program);
            }
            (work, stored.len())
        });
        let ratio = length as f64 / half_length as f64;
        assert!(whole as f64 <= half as f64 * ratio * 1.1 + 4096.0, "{name}: {whole} after {half}");
    }
}

#[test]
fn hostile_bytes_are_read_or_refused_in_time() {
    for (name, make) in HOSTILE {
        let pickle = make(300_000);
        println!("{name}: {:?}", read(&pickle));
        let _ = loads(&[b"!", &pickle[..]].concat());
    }
}

#[test]
fn a_text_that_comes_again_is_written_once() {
    let text = [b"\x80\x04\x95\0\0\0\0\0\0\0\0](X\0\x02\0\0".as_slice(), &[b'x'; 512], b"\x94"].concat();
    let size = read(&repeated(&text, b"h\0", 8_600_000, b"e.")).unwrap();
    assert!(size < 8_600_000 * 5, "{size}");
}

#[test]
fn a_reader_reads_on_after_a_refusal() {
    let mut loader = Loader::new();
    let mut program = Program::new();
    for hostile in [&b"!\x80\x02]q\x00h\x00a."[..], b"!(((", b"!\x80\x05\x95"] {
        assert!(loader.loads(hostile, &mut program).is_err());
        assert!(program.is_empty() && program.size() == 0);
        assert_eq!(loader.loads(b"!\x80\x05]\x94C\x01x\x94a.", &mut program), Ok(false));
        assert_eq!((program.len(), program.parts().bytes), (4, &b"x"[..]));
        program.clear();
    }
}

/// What is written can be read: both count objects alike.
#[test]
fn more_objects_than_can_be_read_are_not_written() {
    let lists = |count| Value::List(vec![Value::List(Vec::new()); count]);
    assert_eq!(dumps(&lists(MAX_OBJECTS)), Err(DumpError::Size));
    let plain = lists(MAX_OBJECTS - 1);
    let with_a_date = Value::List(vec![lists(MAX_OBJECTS - 3), Value::DateTime(0)]);
    for value in [plain, with_a_date] {
        let stored = dumps(&value).unwrap();
        assert_eq!(Loader::new().loads(&stored, &mut Program::new()), Ok(false));
    }
}
