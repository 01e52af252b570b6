//! The worst ratio of work to bytes: the fuzzer is told of each higher one as of new code, and so climbs. No stored value may cause
//! more work, or a larger program, than its length allows, however it ends.

#![no_main]

use cachelib_serializer::loads;
use cachelib_serializer::program::{Loader, Program};
use libfuzzer_sys::fuzz_target;

/// libFuzzer takes what is counted here for coverage: one counter for each ratio that was reached.
#[unsafe(link_section = "__libfuzzer_extra_counters")]
static mut REACHED: [u8; 256] = [0; 256];

fuzz_target!(|pickle: &[u8]| {
    let stored = [b"!", pickle].concat();
    let (mut loader, mut program) = (Loader::new(), Program::new());
    let _ = loader.loads(&stored, &mut program);
    let _ = loads(&stored);
    let (work, most) = loader.work();
    assert!(work <= most && most <= stored.len() * 64 + 4096);
    assert!(program.size() <= stored.len() * 64 + 4096);
    // Quarters of a unit for each byte, where the floor is not what counts.
    let ratio = work.saturating_sub(256) * 4 / stored.len();
    // SAFETY: fuzz targets run on one thread, and the index is below the length.
    unsafe { REACHED[ratio.min(255)] = 1 };
});
