//! What a lease may store: not what others have deleted or replaced while it was computed.

mod simulation;

use cachelib_edge::cache::{Operation, Purpose};
use cachelib_edge::connection::Effect;
use simulation::lease::{FOREVER, GRACE, LENGTH, REFRESH, acquire, store};
use simulation::{Done, Faults, Fleet, error};

#[test]
fn a_value_that_was_computed_before_a_deletion_is_not_stored() {
    for deletion in [Operation::Delete { key: b"k" }, Operation::DeleteMany { keys: &[b"a", b"k"] }] {
        for stale in [None, Some("old")] {
            let mut fleet = Fleet::new(2);
            if let Some(stale) = stale {
                fleet.redis.borrow_mut().put_for("k", stale, GRACE);
            }
            let lease = fleet.lease(0, REFRESH);
            fleet.run(1, deletion);
            assert_eq!(fleet.run(0, store(lease, b"old")), Done::value(b"0"));
            assert_eq!(fleet.value("k"), None);
        }
    }
}

/// The server begins to work between the two commands of one write: it has loaded its data, or a script has ended.
#[test]
fn a_deletion_whose_lock_is_deleted_later_is_done_once_more() {
    let deletions = [
        (Operation::Delete { key: b"k" }, Done::Flag(true)),
        (Operation::DeleteMany { keys: &[b"a", b"k"] }, Done::Keys(vec![], None)),
    ];
    for (deletion, expected) in deletions {
        for is_there in [false, true] {
            let mut fleet = Fleet::new(2);
            let lease = fleet.lease(0, REFRESH);
            fleet.run(1, Operation::Ping);
            if is_there {
                fleet.redis.borrow_mut().put_for("k", "other", 60_000);
            }
            let mut count = 0;
            fleet.redis.borrow_mut().faults = Faults(Some(Box::new(move |name| {
                count += u32::from(name == "DEL");
                (name == "DEL" && count == 1).then(|| "LOADING Redis is loading the dataset in memory".to_owned())
            })));
            let call = fleet.clients[1].submit(deletion);
            fleet.clients[1].drain();
            assert_eq!((fleet.value("k"), fleet.value("k~lock").is_some()), (None, true), "the key alone is deleted");
            assert_eq!(fleet.run(0, store(lease, b"old")), Done::value(b"1"));
            while !fleet.clients[1].is_done(call) {
                fleet.advance(1);
            }
            assert_eq!(fleet.clients[1].done(call), expected);
            assert_eq!(fleet.value("k"), None);
        }
    }
}

/// Those that a server rejects for good are not there, or others cannot have them either.
#[test]
fn a_deletion_whose_lock_cannot_be_deleted_fails_unless_there_can_be_no_lock() {
    let cases = [("NOPERM No permissions to access a key", true), ("BUSY Redis is busy running a script.", false)];
    for (refusal, is_done) in cases {
        let mut fleet = Fleet::new(1);
        fleet.redis.borrow_mut().put("k", "old");
        let mut count = 0;
        fleet.redis.borrow_mut().faults = Faults(Some(Box::new(move |name| {
            count += u32::from(name == "DEL");
            (name == "DEL" && count != 2).then(|| refusal.to_owned())
        })));
        let expected = if is_done { Done::Flag(true) } else { Done::Failed(error::server(refusal)) };
        assert_eq!(fleet.run(0, Operation::Delete { key: b"k" }), expected);
        assert_eq!(fleet.value("k"), None);
    }
}

#[test]
fn a_value_that_python_has_stored_or_deleted_meanwhile_is_not_replaced_by_an_older_one() {
    // What was stale, what Python does (0: it stores for ever), and whether the new value is stored.
    let cases: [(u64, Option<u64>, bool); 8] = [
        (GRACE, Some(300_000), false),
        (GRACE, Some(0), false),
        (GRACE, Some(2_000), false),
        (GRACE, Some(1), false),
        (GRACE, None, false),
        (0, Some(300_000), false),
        (0, Some(1), true),
        (0, None, true),
    ];
    for (stale, written, is_stored) in cases {
        let mut fleet = Fleet::new(1);
        if stale > 0 {
            fleet.redis.borrow_mut().put_for("k", "old", stale);
        }
        let lease = fleet.lease(0, REFRESH);
        fleet.advance(500);
        match written {
            Some(milliseconds) => fleet.redis.borrow_mut().put_for("k", "python", milliseconds),
            None => fleet.redis.borrow_mut().remove("k"),
        }
        fleet.advance(500);
        assert_eq!(
            fleet.run(0, store(lease, b"new")),
            Done::value(if is_stored { b"1" } else { b"0" }),
            "{stale} {written:?}"
        );
        let expected =
            if is_stored { Some("new") } else { Some("python").filter(|_| written.is_some_and(|ttl| ttl != 1)) };
        assert_eq!(fleet.value("k"), expected.map(Into::into));
        assert_eq!(fleet.value("k~lock"), None);
    }
}

#[test]
fn a_value_is_not_replaced_by_an_older_one_that_expires_at_the_same_time() {
    // What is there, for how long (0: for ever), and what replaces it for as long.
    for (old, milliseconds) in [("1", 0), ("1", GRACE), ("2", 0), ("", 0)] {
        for purpose in [Purpose::Refresh, Purpose::Replace] {
            let mut fleet = Fleet::new(1);
            fleet.redis.borrow_mut().put_for("k", old, milliseconds);
            if purpose == Purpose::Refresh && milliseconds == 0 {
                continue;
            }
            let lease = fleet.lease(0, acquire(b"k", purpose, FOREVER));
            let left = fleet.redis.borrow().life("k").max(0) as u64;
            fleet.redis.borrow_mut().put_for("k", "7", left);
            assert_eq!(fleet.run(0, store(lease, b"new")), Done::value(b"0"), "{old} {purpose:?}");
            assert_eq!(fleet.value("k"), Some("7".into()));
            assert_eq!(fleet.value("k~lock"), None);
        }
    }
}

#[test]
fn a_stale_value_that_expires_while_its_successor_is_computed_is_replaced() {
    let mut fleet = Fleet::new(1);
    fleet.redis.borrow_mut().put_for("k", "old", 1_000);
    let lease = fleet.lease(0, REFRESH);
    fleet.advance(1_500);
    assert_eq!(fleet.run(0, store(lease, b"new")), Done::value(b"1"));
    assert_eq!(fleet.value("k"), Some("new".into()));
}

#[test]
fn a_server_that_does_not_tell_what_a_key_held_stores_by_the_lease_alone() {
    let mut fleet = Fleet::new(1);
    fleet.redis.borrow_mut().put_for("k", "old", GRACE);
    let mut is_first = true;
    let refuse_once = move |name: &str| {
        let is_refused = name == "EVAL" && std::mem::take(&mut is_first);
        is_refused.then(|| "ERR a script may not run".to_owned())
    };
    fleet.redis.borrow_mut().faults = Faults(Some(Box::new(refuse_once)));
    let lease = fleet.lease(0, REFRESH);
    fleet.advance(500);
    assert_eq!(fleet.run(0, store(lease, b"new")), Done::value(b"1"));
}

#[test]
fn a_command_may_cancel_the_lease_of_its_key() {
    for cancels_lease in [false, true] {
        let mut fleet = Fleet::new(2);
        fleet.redis.borrow_mut().put_for("k", "old", GRACE);
        let lease = fleet.lease(0, REFRESH);
        let arguments: &[&[u8]] = &[b"PEXPIRE", b"k", b"4000"];
        let effect = Effect::Idempotent;
        fleet.run(1, Operation::Command { arguments, key: 1, node: 0, effect, cancels_lease });
        assert_eq!(fleet.value("k~lock").is_none(), cancels_lease);
        fleet.run(0, Operation::Release { lease, backoff: 0 });
    }
}

#[test]
fn whoever_wants_a_new_value_in_any_case_takes_the_lease_from_its_holder() {
    let mut fleet = Fleet::new(2);
    fleet.redis.borrow_mut().put_for("k", "old", 20_000);
    let other = fleet.lease(0, acquire(b"k", Purpose::Replace, FOREVER));
    let mine = fleet.lease(1, acquire(b"k", Purpose::Replace, FOREVER));
    assert_eq!(fleet.run(0, store(other, b"earlier")), Done::value(b"0"));
    assert_eq!(fleet.run(1, store(mine, b"later")), Done::value(b"1"));
    assert_eq!(fleet.value("k"), Some("later".into()));
}

#[test]
fn a_deleted_tag_takes_its_values_and_what_is_being_computed() {
    let mut fleet = Fleet::new(2);
    let tagged = |key: &'static [u8]| Operation::Acquire {
        key,
        tags: &[b"t~tag"],
        above: 0,
        length: LENGTH,
        purpose: Purpose::Refresh,
        wait: FOREVER,
    };
    let stored = fleet.lease(0, tagged(b"stored"));
    assert_eq!(fleet.run(0, store(stored, b"v")), Done::value(b"1"));
    let running = fleet.lease(0, tagged(b"running"));
    let arguments: &[&[u8]] = &[b"EVAL", b"deletes a tag", b"1", b"t~tag"];
    let delete = Operation::Command { arguments, key: 3, node: 0, effect: Effect::NonIdempotent, cancels_lease: false };
    assert_eq!(fleet.run(1, delete), Done::value(b"2"));
    assert_eq!(fleet.run(0, store(running, b"old")), Done::value(b"0"));
    assert_eq!((fleet.value("stored"), fleet.value("running")), (None, None));
}
