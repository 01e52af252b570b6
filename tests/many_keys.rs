//! Operations on many keys, and `clear`.

mod simulation;

use cachelib_edge::cache::{Expiry, Operation};
use simulation::{Done, HANDSHAKE_REPLY, NIL, Network, ROUND_TRIP, Redis, Server, Simulation, config, error};
use std::time::Instant;

const MANY: usize = 50_000;

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("key {number}")).collect()
}

fn bytes(names: &[String]) -> Vec<&[u8]> {
    names.iter().map(String::as_bytes).collect()
}

fn entries(names: &[String]) -> Vec<(&[u8], &[u8])> {
    names.iter().map(|name| (name.as_bytes(), name.as_bytes())).collect()
}

#[test]
fn fifty_thousand_keys_go_in_pieces_and_one_round_trip() {
    let names = names(MANY);
    let mut simulation = Simulation::with_redis();
    let set = simulation.submit(Operation::SetMany { entries: &entries(&names), expiry: Expiry::Never });
    simulation.drive();
    assert_eq!(simulation.done(set), Done::Keys(vec![], None));

    let begun = simulation.now;
    let get = simulation.submit(Operation::GetMany { keys: &bytes(&names) });
    let delete = simulation.submit(Operation::DeleteMany { keys: &bytes(&names) });
    simulation.advance(ROUND_TRIP);
    assert_eq!(simulation.now - begun, ROUND_TRIP);
    let expected = names.iter().map(|name| Some(name.clone().into_bytes())).collect();
    assert_eq!(simulation.done(get), Done::Values(expected));
    assert_eq!(simulation.done(delete), Done::Keys(vec![], None));
    assert_eq!(simulation.redis().executed["MGET"], 50);
    assert_eq!(simulation.redis().executed["DEL"], 2 * 50, "the locks first");
    assert!(simulation.redis().data.is_empty());
}

#[test]
fn pieces_of_every_size_around_the_limit_are_put_together_in_order() {
    for count in [1, 999, 1_000, 1_001, 2_000, 2_001] {
        let names = names(count);
        let mut simulation = Simulation::with_redis();
        simulation.redis().put(&names[count - 1], "last");
        let get = simulation.submit(Operation::GetMany { keys: &bytes(&names) });
        simulation.drive();
        let mut expected = vec![None; count];
        expected[count - 1] = Some(b"last".to_vec());
        assert_eq!(simulation.done(get), Done::Values(expected));
    }
}

#[test]
fn repeated_keys_are_answered_each_time() {
    let mut simulation = Simulation::with_redis();
    simulation.redis().put("a", "1");
    let get = simulation.submit(Operation::GetMany { keys: &[b"a", b"x", b"a"] });
    let delete = simulation.submit(Operation::DeleteMany { keys: &[b"a", b"x", b"a"] });
    simulation.drive();
    assert_eq!(simulation.done(get), Done::Values(vec![Some(b"1".to_vec()), None, Some(b"1".to_vec())]));
    assert_eq!(simulation.done(delete), Done::Keys(vec![], None));
}

#[test]
fn empty_calls_need_no_server() {
    let mut simulation = Simulation::new(config(), Server::Script);
    simulation.network = Network::Refuses;
    let get = simulation.submit(Operation::GetMany { keys: &[] });
    let set = simulation.submit(Operation::SetMany { entries: &[], expiry: Expiry::Never });
    let delete = simulation.submit(Operation::DeleteMany { keys: &[] });
    assert_eq!(simulation.done(get), Done::Values(vec![]));
    assert_eq!([set, delete].map(|call| simulation.done(call)), [Done::Keys(vec![], None), Done::Keys(vec![], None)]);
    assert_eq!(simulation.actions, []);
    assert!(!simulation.cache.is_busy());
}

#[test]
fn a_get_of_many_answers_what_was_found_when_one_chunk_fails() {
    let names = names(2_500);
    let mut simulation = Simulation::ready();
    let get = simulation.submit(Operation::GetMany { keys: &bytes(&names) });
    simulation.drain();
    let nils = |count: usize| [format!("*{count}\r\n").as_bytes(), &NIL.repeat(count)].concat();
    let found = [b"*1000\r\n$1\r\n1\r\n", &NIL.repeat(999)[..]].concat();
    simulation.reply(&found);
    simulation.reply(b"-NOPERM not this key\r\n");
    assert!(!simulation.is_done(get), "the last reply is still to come");
    simulation.reply(&nils(500));
    let mut values = vec![None; 2_500];
    values[0] = Some(b"1".to_vec());
    let failed = (1_000..2_000).collect();
    assert_eq!(simulation.done(get), Done::ValuesInPart(values, failed, error::server("NOPERM not this key")));
}

#[test]
fn a_delete_of_many_names_the_keys_of_the_pieces_that_failed() {
    let names = names(2_500);
    let mut simulation = Simulation::ready();
    let delete = simulation.submit(Operation::DeleteMany { keys: &bytes(&names) });
    simulation.drain();
    // Of every piece the locks are deleted first, if there can be any.
    simulation.reply(b":0\r\n:1000\r\n-NOPERM not these keys\r\n:7\r\n:0\r\n-MISCONF cannot save\r\n");
    assert_eq!(
        simulation.done(delete),
        Done::Keys((2_000..2_500).collect(), Some(error::server("MISCONF cannot save")))
    );
}

#[test]
fn a_set_of_many_names_each_key_that_failed() {
    let names = names(4);
    let mut simulation = Simulation::ready();
    let set = simulation.submit(Operation::SetMany { entries: &entries(&names), expiry: Expiry::After(1_000) });
    simulation.drain();
    simulation.reply(b"+OK\r\n-OOM command not allowed\r\n+OK\r\n-MISCONF cannot save\r\n");
    assert_eq!(simulation.done(set), Done::Keys(vec![1, 3], Some(error::server("OOM command not allowed"))));
}

#[test]
fn what_was_not_answered_in_time_is_what_failed() {
    let names = names(3);
    let mut simulation = Simulation::ready();
    let set = simulation.submit(Operation::SetMany { entries: &entries(&names), expiry: Expiry::Never });
    simulation.drain();
    simulation.reply(b"+OK\r\n");
    simulation.advance(simulation::TIMEOUT);
    assert_eq!(simulation.done(set), Done::Keys(vec![1, 2], Some(error::timeout())));
    let get = simulation.get("a");
    simulation.drive();
    assert_eq!(simulation.done(get), Done::Failed(error::connect_timeout()), "a deaf server was left");
}

#[test]
fn an_aborted_operation_on_many_keys_is_told_once_and_its_replies_are_consumed() {
    let names = names(2_500);
    let mut simulation = Simulation::ready();
    let delete = simulation.submit(Operation::DeleteMany { keys: &bytes(&names) });
    let get = simulation.get("a");
    simulation.drain();
    simulation.reply(b":0\r\n:1000\r\n");
    simulation.abort(delete);
    assert_eq!(simulation.done(delete), Done::Keys((1_000..2_500).collect(), Some(error::aborted())));
    simulation.reply(b":0\r\n:1000\r\n:0\r\n:500\r\n$1\r\n1\r\n");
    assert_eq!(simulation.done(get), Done::value(b"1"));
}

#[test]
fn after_a_loss_only_the_pieces_without_a_reply_are_sent_again() {
    let names = names(2_500);
    let mut simulation = Simulation::with_redis();
    let set = simulation.submit(Operation::SetMany { entries: &entries(&names), expiry: Expiry::Never });
    simulation.drive();
    assert_eq!(simulation.done(set), Done::Keys(vec![], None));
    simulation.chunk = 20_000;
    let get = simulation.submit(Operation::GetMany { keys: &bytes(&names) });
    simulation.drain();
    simulation.step();
    simulation.lose();
    simulation.drive();
    assert_eq!(simulation.done(get), Done::Values(names.iter().map(|name| Some(name.clone().into())).collect()));
    assert_eq!(simulation.redis().executed["MGET"], 3 + 2);
}

/// To look for a free place among all that are taken would be 10¹⁰ steps.
#[test]
fn a_hundred_thousand_operations_on_many_keys_at_once_are_no_burden() {
    let mut simulation = Simulation::with_redis();
    let begun = Instant::now();
    let calls: Vec<_> = (0..100_000).map(|_| simulation.submit(Operation::GetMany { keys: &[b"a"] })).collect();
    simulation.drive();
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    assert!(calls.into_iter().all(|call| simulation.done(call) == Done::Values(vec![None])));
}

#[test]
fn clear_without_a_prefix_empties_the_database() {
    let mut simulation = Simulation::with_redis();
    simulation.redis().put("a", "1");
    let clear = simulation.submit(Operation::Clear { prefix: b"" });
    simulation.drive();
    assert_eq!(simulation.done(clear), Done::Flag(true));
    assert!(simulation.redis().data.is_empty());
    assert_eq!(simulation.commands(), ["CLIENT SETNAME edge", "FLUSHDB"]);
}

#[test]
fn clear_with_a_prefix_deletes_its_keys_in_steps_and_no_others() {
    let mut simulation = Simulation::with_redis();
    for number in 0..12_000 {
        simulation.redis().put(&format!("app[1]*:{number}"), "1");
    }
    for other in ["app1:x", "app[1]", "app[1]x:1", "zzz"] {
        simulation.redis().put(other, "1");
    }
    let clear = simulation.submit(Operation::Clear { prefix: b"app[1]*:" });
    simulation.drive();
    assert_eq!(simulation.done(clear), Done::Flag(true));
    let left: Vec<_> =
        simulation.redis().data.keys().map(|(_, key)| String::from_utf8_lossy(key).into_owned()).collect();
    assert_eq!(left, ["app1:x", "app[1]", "app[1]x:1", "zzz"]);
    assert!(simulation.commands()[1].starts_with(r"SCAN 0 MATCH app\[1\]\*:* COUNT "));
}

#[test]
fn clear_with_a_prefix_that_no_key_has_is_done() {
    let mut simulation = Simulation::with_redis();
    let clear = simulation.submit(Operation::Clear { prefix: b"p:" });
    simulation.drive();
    assert_eq!(simulation.done(clear), Done::Flag(true));
    assert!(!simulation.redis().executed.contains_key("UNLINK"));
}

#[test]
fn each_step_of_clear_is_one_write() {
    let mut simulation = Simulation::ready();
    let clear = simulation.submit(Operation::Clear { prefix: b"p:" });
    simulation.drain();
    simulation.commands();
    simulation.reply(b"*2\r\n$2\r\n17\r\n*2\r\n$3\r\np:a\r\n$3\r\np:b\r\n");
    assert_eq!(simulation.transmissions(), 1);
    assert_eq!(simulation.commands(), ["UNLINK p:a p:b", "SCAN 17 MATCH p:* COUNT 5000"]);
    simulation.reply(b":2\r\n*2\r\n$1\r\n0\r\n*1\r\n$3\r\np:c\r\n");
    assert_eq!(simulation.commands(), ["UNLINK p:c"]);
    assert!(!simulation.is_done(clear));
    simulation.reply(b":1\r\n");
    assert_eq!(simulation.done(clear), Done::Flag(true));
}

/// The primary has become a replica, and behind its name there is another one, to which the cursor means another place.
#[test]
fn clear_begins_again_where_another_connection_takes_the_place_of_the_first() {
    let mut simulation = Simulation::with_redis();
    for number in 0..60_000 {
        simulation.redis().put(&format!("p:{number}"), "1");
    }
    let mut refusals = 1;
    simulation.redis().faults.0 = Some(Box::new(move |name| {
        let is_refused = name == "UNLINK" && refusals > 0;
        refusals -= i32::from(is_refused);
        is_refused.then(|| "READONLY You can't write against a read only replica.".into())
    }));
    let clear = simulation.submit(Operation::Clear { prefix: b"p:" });
    simulation.drive();
    assert_eq!(simulation.done(clear), Done::Flag(true));
    assert_eq!(simulation.connects().len(), 2);
    assert_eq!(simulation.commands().iter().filter(|command| command.starts_with("SCAN 0 ")).count(), 2);
    assert!(simulation.redis().data.is_empty());
}

#[test]
fn clear_tells_what_the_server_refused() {
    let mut simulation = Simulation::ready();
    let clear = simulation.submit(Operation::Clear { prefix: b"p:" });
    simulation.drain();
    simulation.reply(b"*2\r\n$1\r\n0\r\n*1\r\n$3\r\np:a\r\n");
    simulation.reply(b"-NOPERM no UNLINK for you\r\n");
    assert_eq!(simulation.done(clear), Done::Failed(error::server("NOPERM no UNLINK for you")));
}

#[test]
fn clear_survives_a_loss_between_two_steps_where_writes_are_retried() {
    for retry_writes in [true, false] {
        let expected = if retry_writes { Done::Flag(true) } else { Done::Failed(error::lost()) };
        clear_meets_a_loss(retry_writes, &expected);
    }
}

fn clear_meets_a_loss(retry_writes: bool, expected: &Done) {
    let mut config = config();
    config.retry_writes = retry_writes;
    let mut simulation = Simulation::new(config, Server::Redis(Redis::default()));
    for number in 0..7_000 {
        simulation.redis().put(&format!("p:{number}"), "1");
    }
    let clear = simulation.submit(Operation::Clear { prefix: b"p:" });
    simulation.advance(2 * ROUND_TRIP);
    assert!(!simulation.is_done(clear));
    simulation.lose();
    simulation.drive();
    assert_eq!(simulation.done(clear), *expected);
}

/// It may be another server, to which the cursor means nothing.
#[test]
fn clear_begins_again_after_the_connection_was_lost_between_two_steps() {
    for is_last in [false, true] {
        let mut simulation = Simulation::ready();
        let clear = simulation.submit(Operation::Clear { prefix: b"p:" });
        simulation.drain();
        simulation.reply(b"*2\r\n$2\r\n17\r\n*0\r\n");
        simulation.lose();
        simulation.advance(ROUND_TRIP);
        simulation.actions.clear();
        let step: &[u8] = if is_last { b"*2\r\n$1\r\n0\r\n*0\r\n" } else { b"*2\r\n$1\r\n9\r\n*0\r\n" };
        simulation.reply(&[HANDSHAKE_REPLY, step].concat());
        assert_eq!(simulation.commands(), ["SCAN 0 MATCH p:* COUNT 5000"]);
        simulation.reply(b"*2\r\n$1\r\n0\r\n*1\r\n$3\r\np:c\r\n");
        assert_eq!(simulation.commands(), ["UNLINK p:c"]);
        simulation.reply(b":1\r\n");
        assert_eq!(simulation.done(clear), Done::Flag(true));
    }
}

#[test]
fn a_server_whose_scan_has_no_end_is_left_at_the_deadline() {
    let mut simulation = Simulation::ready();
    let clear = simulation.submit(Operation::Clear { prefix: b"p:" });
    simulation.drain();
    while !simulation.is_done(clear) {
        simulation.reply(b"*2\r\n$1\r\n7\r\n*0\r\n");
        simulation.advance(100);
    }
    assert_eq!(simulation.done(clear), Done::Failed(error::timeout()));
}
