//! How much memory stored bytes can take, counted by the allocator itself.

mod counting_allocator;

use cachelib_serializer::program::{Loader, Program};
use counting_allocator::{MIB, peak_of};

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
        assert!(peak < 10 * COUNT, "{peak} bytes for {unit:x?}");
    }
}
