//! A server that is no Redis, a broken one, a hostile one: a typed failure for all that waited, then a new beginning.

mod simulation;

use cachelib_edge::cache::{Expiry, Operation};
use cachelib_edge::resp::{MAX_DEPTH, MAX_LINE, ProtocolError};
use simulation::{
    Action, Done, HANDSHAKE_REPLY, NIL, Network, ROUND_TRIP, Random, Server, Simulation, config_without_fail_fast,
    error,
};

const SET: Operation<'_> = Operation::Set { key: b"k", value: b"v", expiry: Expiry::Never };
const INCREMENT: Operation<'_> = Operation::Increment { key: b"n", delta: 1 };

fn protocol(error: ProtocolError) -> Done {
    Done::Failed(error::protocol(error))
}

/// What is no reply at all, and why.
fn garbage() -> Vec<(Vec<u8>, ProtocolError)> {
    use ProtocolError::*;
    vec![
        (b"garbage".to_vec(), UnknownType),
        (b"\0\0\0\0".to_vec(), UnknownType),
        (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".to_vec(), UnknownType),
        (b"\x15\x03\x03\x00\x02\x02\x28".to_vec(), UnknownType),
        (b"SSH-2.0-OpenSSH_9.6\r\n".to_vec(), UnknownType),
        (b"\r\n".to_vec(), UnknownType),
        (b"+OK\n".to_vec(), BadLine),
        (b":12a\r\n".to_vec(), BadNumber),
        (b"$-5\r\n".to_vec(), BadNumber),
        (b"$1\r\nab\r\n".to_vec(), BadTerminator),
        (b"*1\r\n*1\r\n?\r\n".to_vec(), UnknownType),
        (b"*1\r\n".repeat(MAX_DEPTH + 1), TooDeep),
        (b"*1\r\n".repeat(100_000), TooDeep),
        (b"*-2\r\n".to_vec(), BadNumber),
        (b"*1048577\r\n".to_vec(), TooLarge),
        (b"*9223372036854775807\r\n".to_vec(), TooLarge),
        (b"*99999999999999999999\r\n".to_vec(), BadNumber),
        (b"$536870913\r\n".to_vec(), TooLarge),
        (b"$9223372036854775807\r\n".to_vec(), TooLarge),
        ([&b"-"[..], &vec![b'x'; MAX_LINE]].concat(), BadLine),
        (vec![b'*'; 100_000], BadLine),
    ]
}

/// The cache works again, on a new connection.
fn assert_usable(simulation: &mut Simulation) {
    simulation.network = Network::Accepts;
    simulation.chunk = usize::MAX;
    simulation.actions.clear();
    let get = simulation.get("a");
    while simulation.transmissions() == 0 {
        assert!(simulation.step());
    }
    simulation.reply(&[HANDSHAKE_REPLY, b"$1\r\n1\r\n"].concat());
    assert_eq!(simulation.done(get), Done::value(b"1"));
    assert_eq!(simulation.connects().len(), 1);
}

#[test]
fn garbage_ends_the_connection_and_fails_all_that_waited_whatever_its_pieces() {
    for (bytes, error) in garbage() {
        for chunk in [1, 7, usize::MAX] {
            let mut simulation = Simulation::ready();
            let calls = [simulation.get("a"), simulation.submit(INCREMENT), simulation.submit(SET)];
            simulation.drain();
            for piece in bytes.chunks(chunk) {
                if !simulation.is_done(calls[0]) {
                    simulation.reply(piece);
                }
            }
            let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(30)]).into_owned();
            for call in calls {
                assert_eq!(simulation.done(call), protocol(error), "{shown:?} in pieces of {chunk}");
            }
            assert_eq!(simulation.actions.last(), Some(&(simulation.now, Action::Close)), "{shown:?}");
            assert_usable(&mut simulation);
        }
    }
}

#[test]
fn garbage_in_place_of_the_greeting_is_told_and_not_asked_for_again() {
    for (bytes, error) in garbage() {
        let mut simulation = Simulation::new(config_without_fail_fast(), Server::Script);
        let calls = [simulation.get("a"), simulation.submit(INCREMENT)];
        simulation.advance(ROUND_TRIP);
        simulation.reply(&bytes);
        assert_eq!(calls.map(|call| simulation.done(call)), [protocol(error), protocol(error)]);
        assert_eq!(simulation.connects().len(), 1);
        assert_usable(&mut simulation);
    }
}

#[test]
fn good_replies_before_the_garbage_are_believed() {
    let mut simulation = Simulation::ready();
    let calls = [simulation.get("a"), simulation.get("b")];
    simulation.drain();
    simulation.reply(b"$1\r\n1\r\nHTTP/1.1");
    assert_eq!(simulation.done(calls[0]), Done::value(b"1"));
    assert_eq!(simulation.done(calls[1]), protocol(ProtocolError::UnknownType));
    assert_usable(&mut simulation);
}

#[test]
fn a_reply_of_another_commands_type_ends_the_connection() {
    let get = Operation::Get { key: b"k" };
    let get_many = Operation::GetMany { keys: &[b"a", b"b"] };
    let clear = Operation::Clear { prefix: b"p" };
    let cases: [(Operation<'_>, &[u8]); 20] = [
        (get, b"+OK\r\n"),
        (get, b":1\r\n"),
        (get, b"*0\r\n"),
        (SET, b":1\r\n"),
        (SET, NIL),
        (SET, b"$2\r\nOK\r\n"),
        (Operation::Add { key: b"k", value: b"v", expiry: Expiry::Never }, b":1\r\n"),
        (Operation::Delete { key: b"k" }, b"+OK\r\n"),
        (Operation::Has { key: b"k" }, NIL),
        (INCREMENT, b"$1\r\n1\r\n"),
        (Operation::Ping, b"$1\r\n1\r\n"),
        (Operation::Clear { prefix: b"" }, b"*0\r\n"),
        (get_many, b"+OK\r\n"),
        (get_many, NIL),
        (get_many, b"*1\r\n$1\r\n1\r\n"),
        (get_many, b"*3\r\n$1\r\n1\r\n$1\r\n1\r\n$1\r\n1\r\n"),
        (clear, b"*0\r\n"),
        (clear, b"*2\r\n:0\r\n*0\r\n"),
        (clear, b"*2\r\n$1\r\n0\r\n*1\r\n:1\r\n"),
        (clear, b"*2\r\n$1\r\n0\r\n$1\r\n0\r\n"),
    ];
    for (operation, reply) in cases {
        let mut simulation = Simulation::ready();
        let calls = [simulation.submit(operation), simulation.get("next")];
        simulation.drain();
        simulation.reply(&[reply, b"$1\r\n1\r\n"].concat());
        let expected = protocol(ProtocolError::Unexpected);
        assert_eq!(calls.map(|call| simulation.done(call)), [expected.clone(), expected], "{operation:?} {reply:?}");
        assert_usable(&mut simulation);
    }
}

#[test]
fn a_wrong_reply_to_one_piece_of_many_completes_the_operation_all_the_same() {
    let names: Vec<_> = (0..2_500).map(|number| number.to_string()).collect();
    let keys: Vec<_> = names.iter().map(String::as_bytes).collect();
    let mut simulation = Simulation::ready();
    let get = simulation.submit(Operation::GetMany { keys: &keys });
    simulation.drain();
    simulation.reply(b"*2\r\n$1\r\n1\r\n$1\r\n1\r\n");
    assert_eq!(simulation.done(get), protocol(ProtocolError::Unexpected));
    assert_usable(&mut simulation);
}

/// RESP3 has types whose contents the scan does not look at.
#[test]
#[cfg(feature = "resp3")]
fn a_reply_that_is_found_but_does_not_decode_completes_its_operation() {
    for reply in [&b",not a number\r\n"[..], b"#x\r\n", b"(12\r\n", b"~0\r\n"] {
        for operation in [Operation::Get { key: b"k" }, Operation::GetMany { keys: &[b"k"] }] {
            let mut simulation = Simulation::ready();
            let call = simulation.submit(operation);
            simulation.drain();
            simulation.reply(reply);
            let done = simulation.done(call);
            assert!(matches!(&done, Done::Failed(error) if error.code() == "PROTOCOL"), "{done:?}");
            assert_usable(&mut simulation);
        }
    }
}

#[test]
fn a_reply_that_nobody_asked_for_ends_the_connection() {
    let mut simulation = Simulation::ready();
    simulation.reply(b"+OK\r\n");
    assert_eq!(simulation.actions, [(simulation.now, Action::Close)]);
    assert_usable(&mut simulation);
}

#[test]
fn a_reply_too_many_is_not_taken_for_the_next_operations() {
    let mut simulation = Simulation::ready();
    let first = simulation.get("a");
    simulation.drain();
    simulation.reply(b"$1\r\n1\r\n$1\r\n2\r\n");
    assert_eq!(simulation.done(first), Done::value(b"1"));
    assert_usable(&mut simulation);
}

#[test]
fn a_reply_too_many_with_the_next_operation_already_queued_fails_it() {
    let mut simulation = Simulation::ready();
    let first = simulation.get("a");
    simulation.drain();
    let second = simulation.get("b");
    simulation.reply(b"$1\r\n1\r\n$1\r\n2\r\n");
    assert_eq!(simulation.done(first), Done::value(b"1"));
    assert_eq!(simulation.done(second), protocol(ProtocolError::Unexpected));
    assert_usable(&mut simulation);
}

#[test]
fn a_server_that_speaks_before_the_socket_is_said_to_be_open_is_left() {
    let mut simulation = Simulation::new(config_without_fail_fast(), Server::Script);
    simulation.submit(Operation::Ping);
    simulation.drain();
    simulation.cache.receive(simulation.id(), b"220 mail.example.com ESMTP\r\n", simulation.now);
    simulation.drain();
    assert_eq!(simulation.actions.last(), Some(&(0, Action::Close)));
    assert_usable(&mut simulation);
}

/// What replies are made of, and what they are not.
const SCRAPS: [&[u8]; 24] = [
    b"+OK\r\n",
    b"-ERR no\r\n",
    b":1\r\n",
    b":-0\r\n",
    b"$1\r\na\r\n",
    b"$0\r\n\r\n",
    b"$-1\r\n",
    b"_\r\n",
    b"*0\r\n",
    b"*-1\r\n",
    b"*1\r\n",
    b"*2\r\n",
    b"*2\r\n",
    b"*3\r\n",
    b"$2\r\n",
    b"%1\r\n",
    b"#t\r\n",
    b",1.5\r\n",
    b"~1\r\n",
    b"(12\r\n",
    b"\r\n",
    b"\r",
    b"x",
    b"$+1\r\n",
];

/// One operation of each kind, and what becomes of them when `noise` arrives in chunks.
fn hear(noise: &[u8], chunk: usize) -> Vec<Done> {
    let mut simulation = Simulation::ready();
    let many = Operation::GetMany { keys: &[b"a", b"b"] };
    let operations = [Operation::Get { key: b"k" }, many, SET, INCREMENT, Operation::Has { key: b"k" }, many];
    let calls = operations.map(|operation| simulation.submit(operation));
    simulation.drain();
    simulation.chunk = chunk;
    simulation.reply(noise);
    simulation.drive();
    calls.map(|call| simulation.done(call)).into()
}

#[test]
fn noise_means_the_same_whatever_its_pieces() {
    let mut answered = 0;
    for seed in 0..3_000 {
        let mut random = Random(seed);
        let noise = (0..random.below(12)).flat_map(|_| random.one_of(&SCRAPS)).copied().collect::<Vec<_>>();
        let whole = hear(&noise, usize::MAX);
        let chunk = 1 + random.below(8) as usize;
        assert_eq!(whole, hear(&noise, chunk), "seed {seed}: {:?}", String::from_utf8_lossy(&noise));
        answered += whole.iter().filter(|done| !matches!(done, Done::Failed(_))).count();
    }
    assert!(answered > 100, "some of the noise is good: {answered}");
}

#[test]
fn a_long_error_is_quoted_in_part() {
    let mut simulation = Simulation::ready();
    let get = simulation.get("a");
    simulation.drain();
    let words = "x".repeat(60_000);
    simulation.reply(format!("-{words}\r\n").as_bytes());
    assert_eq!(simulation.done(get), Done::Failed(error::server(&words[..256])));
    let next = simulation.get("a");
    simulation.drain();
    simulation.reply(b"$1\r\n1\r\n");
    assert_eq!(simulation.done(next), Done::value(b"1"), "an error is a good reply");
}
