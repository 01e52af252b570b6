//! The frame of the tests in which chance chooses what happens: the seeds, the calls, and when each of them ends.

use super::Random;
use cachelib_edge::cache::{Expiry, Operation};
use std::panic::{RefUnwindSafe, catch_unwind};

/// Runs the schedules of so many seeds; a failure names all seeds that failed. `SCHEDULE=7` runs the one of this seed,
/// `SCHEDULES=1000000` so many.
pub(crate) fn run_schedules(count: u64, run: impl Fn(u64) + RefUnwindSafe) {
    let number = |name| std::env::var(name).ok().and_then(|number| number.parse::<u64>().ok());
    let seeds = number("SCHEDULE").map_or_else(|| 0..number("SCHEDULES").unwrap_or(count), |seed| seed..seed + 1);
    let failed: Vec<_> = seeds.filter(|&seed| catch_unwind(|| run(seed)).is_err()).collect();
    assert!(failed.is_empty(), "the schedules of these seeds: {failed:?}");
}

/// A call, and what is needed to judge it.
pub(crate) struct Call {
    pub(crate) id: u32,
    pub(crate) key: u64,
    pub(crate) kind: Kind,
    pub(crate) deadline: u64,
    pub(crate) done_at: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Kind {
    /// `SET` of a number that grows with each: the key's later values are larger.
    Set(i64),
    Get,
    GetMany,
    Increment,
    Add,
}

/// What a call names, of which it takes its part.
pub(crate) struct Names {
    pub(crate) own: String,
    /// The second one of `GetMany`.
    pub(crate) other: String,
    pub(crate) counter: String,
    pub(crate) new: String,
}

/// The calls so far, in the order in which they were made.
#[derive(Default)]
pub(crate) struct Calls {
    pub(crate) calls: Vec<Call>,
    sets: i64,
}

impl Calls {
    /// Makes a call by chance; `submit` gets its timeout and its operation, and answers its number.
    pub(crate) fn make(
        &mut self,
        key: u64,
        names: &Names,
        now: u64,
        random: &mut Random,
        submit: impl FnOnce(u64, Operation<'_>) -> u32,
    ) {
        let timeout = random.one_of(&[10, 300, 2_000]);
        let kind = match random.below(6) {
            0 | 1 => Kind::Set(self.sets + 1),
            2 => Kind::GetMany,
            3 => Kind::Increment,
            4 => Kind::Add,
            _ => Kind::Get,
        };
        let value = (self.sets + 1).to_string();
        let keys = [names.own.as_bytes(), names.other.as_bytes()];
        let operation = match kind {
            Kind::Set(_) => {
                self.sets += 1;
                Operation::Set { key: keys[0], value: value.as_bytes(), expiry: Expiry::Never }
            }
            Kind::Get => Operation::Get { key: keys[0] },
            Kind::GetMany => Operation::GetMany { keys: &keys },
            Kind::Increment => Operation::Increment { key: names.counter.as_bytes(), delta: 1 },
            Kind::Add => Operation::Add { key: names.new.as_bytes(), value: b"1", expiry: Expiry::Never },
        };
        let id = submit(timeout, operation);
        self.calls.push(Call { id, key, kind, deadline: now + timeout, done_at: None });
    }

    /// Notes which calls have ended by now.
    pub(crate) fn note_done(&mut self, now: u64, mut is_done: impl FnMut(u32) -> bool) {
        for call in self.calls.iter_mut().filter(|call| call.done_at.is_none()) {
            call.done_at = is_done(call.id).then_some(now);
            assert!(call.done_at.is_some() || now < call.deadline, "a call ends within its deadline");
        }
    }

    pub(crate) fn are_done(&self) -> bool {
        self.calls.iter().all(|call| call.done_at.is_some())
    }
}
