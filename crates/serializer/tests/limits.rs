//! Hostile pickles: each limit of the reader with an input that tries to break it, in bounded time and memory.

use cachelib_serializer::LoadErrorKind;
use cachelib_serializer::program::{Loader, Program};
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
fn short_texts_that_come_again_and_again_have_a_limit() {
    let text = [b"\x80\x02](X\x3f\x00\x00\x00".as_slice(), &[1; 63], b"q\x00"].concat();
    assert_eq!(read(&repeated(&text, b"2", 100_000, b"e.")), Err(LoadErrorKind::Size));
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
    for opcode in [b"N", b"]", b"(", b")", b"}"] {
        assert_eq!(read(&repeated(b"\x80\x02", opcode, COUNT, b".")), Err(LoadErrorKind::Size));
    }
    assert_eq!(read(&repeated(b"\x80\x02N", b"0N", COUNT / 2, b".")), Ok(4), "what is thrown away takes nothing");
    assert_eq!(read(&repeated(b"\x80\x02", b"]0", 9_000_000, b"N.")), Err(LoadErrorKind::Size));
}

#[test]
fn work_does_not_grow_with_the_square_of_the_input() {
    let list = [b"\x80\x02](".as_slice(), &b"K\x01".repeat(100_000), b"eq\x00"].concat();
    let sets = repeated(&[&list[..], b"c__builtin__\nset\nq\x010"].concat(), b"h\x01h\x00\x85R0", 100_000, b".");
    assert!(read(&sets).is_ok());
    let state =
        [b"\x80\x02}(".as_slice(), &b"X\x01\x00\x00\x00aN".repeat(50_000), b"uq\x00cuuid\nUUID\nq\x01"].concat();
    assert_eq!(read(&repeated(&state, b"h\x01)\x81h\x00b", 50_000, b".")), Err(LoadErrorKind::Argument));
    let text = [
        b"\x80\x02X\x80\x84\x1e\x00".as_slice(),
        &"é".repeat(1_000_000).into_bytes(),
        b"q\x00X\x06\x00\x00\x00latin1q\x02",
    ];
    let text = [&text.concat()[..], b"c_codecs\nencode\nq\x01"].concat();
    assert_eq!(read(&repeated(&text, b"h\x01h\x00h\x02\x86R", 100_000, b".")), Err(LoadErrorKind::Size));
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
