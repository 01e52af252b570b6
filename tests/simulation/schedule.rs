//! The frame of the tests in which chance chooses what happens: the seeds, the calls, and when each of them ends.

use super::Random;
use cachelib_edge::cache::{Expiry, Operation};
use std::panic::{RefUnwindSafe, catch_unwind};

/// Runs the schedules of so many seeds; a failure names all seeds that failed. `SCHEDULE=7` runs the one of this seed,
/// `SCHEDULES=1000000` so many.
pub(crate) fn run_schedules(count: u64, run: impl Fn(u64) + RefUnwindSafe) {
    let number = |name| std::env::var(name).ok().and_then(|number| number.parse::<u64>().ok());
    let seeds = number("SCHEDULE").map_or_else(|| 0..number("SCHEDULES").unwrap_or(count), |seed| seed..seed + 1);
    let fails = |seed| catch_unwind(|| run(seed)).inspect_err(|_| eprintln!("in the schedule of seed {seed}")).is_err();
    let failed: Vec<_> = seeds.filter(|&seed| fails(seed)).collect();
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
    /// `SET` of two keys, the second of which gets the next number.
    SetMany(i64),
    Get,
    /// Of the keys of `SetMany`.
    GetMany,
    /// Of a key and one beside it, which is never there.
    GetBeside,
    /// Of keys that are never there.
    DeleteMany,
    Increment,
    Add,
}

/// What a call names, of which it takes its part.
pub(crate) struct Names {
    pub(crate) own: String,
    /// The second one of `GetMany` and `SetMany`.
    pub(crate) other: String,
    pub(crate) beside: String,
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
        let number = self.sets + 1;
        let kind = match random.below(9) {
            0 | 1 => Kind::Set(number),
            2 => Kind::SetMany(number),
            3 => Kind::GetMany,
            4 => Kind::GetBeside,
            5 => Kind::DeleteMany,
            6 => Kind::Increment,
            7 => Kind::Add,
            _ => Kind::Get,
        };
        let [value, next] = [number, number + 1].map(|number| number.to_string());
        let (keys, expiry) = ([names.own.as_bytes(), names.other.as_bytes()], Expiry::Never);
        let beside = [keys[0], names.beside.as_bytes()];
        self.sets += match kind {
            Kind::Set(_) => 1,
            Kind::SetMany(_) => 2,
            _ => 0,
        };
        let operation = match kind {
            Kind::Set(_) => Operation::Set { key: keys[0], value: value.as_bytes(), expiry },
            Kind::SetMany(_) => {
                let entries = &[(keys[0], value.as_bytes()), (keys[1], next.as_bytes())];
                return self.push(key, kind, now + timeout, submit(timeout, Operation::SetMany { entries, expiry }));
            }
            Kind::Get => Operation::Get { key: keys[0] },
            Kind::GetMany => Operation::GetMany { keys: &keys },
            Kind::GetBeside => Operation::GetMany { keys: &beside },
            Kind::DeleteMany => Operation::DeleteMany { keys: &beside[1..] },
            Kind::Increment => Operation::Increment { key: names.counter.as_bytes(), delta: 1 },
            Kind::Add => Operation::Add { key: names.new.as_bytes(), value: b"1", expiry },
        };
        self.push(key, kind, now + timeout, submit(timeout, operation));
    }

    fn push(&mut self, key: u64, kind: Kind, deadline: u64, id: u32) {
        self.calls.push(Call { id, key, kind, deadline, done_at: None });
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
