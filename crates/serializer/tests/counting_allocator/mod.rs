//! The test program's allocator: counts what a thread holds, and can refuse more.
#![allow(dead_code, reason = "each test program uses its part")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// A mebibyte.
pub(crate) const MIB: usize = 1024 * 1024;

thread_local! {
    /// What this thread holds, and the most it held since [`peak_of`] began.
    static HELD: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

thread_local! {
    /// How many bytes this thread was given, freed since or not.
    static GIVEN: Cell<usize> = const { Cell::new(0) };
}

thread_local! {
    /// How much this thread may hold.
    static LIMIT: Cell<usize> = const { Cell::new(usize::MAX) };
}

struct Counting;

fn is_allowed(size: usize) -> bool {
    let limit = LIMIT.try_with(Cell::get).unwrap_or(usize::MAX);
    !HELD.try_with(Cell::get).is_ok_and(|(held, _)| held.saturating_add(size) > limit)
}

fn count(change: impl FnOnce(usize) -> usize) {
    // A thread that ends frees what it holds after its variables are gone.
    let _ = HELD.try_with(|held| {
        let now = change(held.get().0);
        held.set((now, held.get().1.max(now)));
    });
}

// SAFETY: every call is handed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !is_allowed(layout.size()) {
            return std::ptr::null_mut();
        }
        count(|held| held + layout.size());
        let _ = GIVEN.try_with(|given| given.set(given.get() + layout.size()));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(|held| held.saturating_sub(layout.size()));
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most bytes that were held at once during `work`, beyond those held before.
pub(crate) fn peak_of(work: impl FnOnce()) -> usize {
    let before = HELD.get().0;
    HELD.set((before, before));
    work();
    HELD.get().1 - before
}

/// How many bytes were asked for during `work`: a vector that grows is copied.
pub(crate) fn given_for(work: impl FnOnce()) -> usize {
    let before = GIVEN.get();
    work();
    GIVEN.get() - before
}

/// How many bytes more are held after `work` than before.
pub(crate) fn held_after(work: impl FnOnce()) -> usize {
    let before = HELD.get().0;
    work();
    HELD.get().0.saturating_sub(before)
}

/// Does `work` with no more than so many bytes to spare; what cannot go without them ends the process.
pub(crate) fn with_spare(bytes: usize, work: impl FnOnce()) {
    LIMIT.set(HELD.get().0 + bytes);
    work();
    LIMIT.set(usize::MAX);
}
