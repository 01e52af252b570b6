//! No `Debug` shows a password, a key or a value, neither as text nor as numbers.

use cachelib_edge::cache::{Cache, CallId, ConnectionId, Expiry, Operation, Output, Purpose};
use cachelib_edge::client::{Config, Deployment};
use cachelib_edge::connection::ConnectionInfo;
use std::fmt::Debug;

const SECRET: &str = "hunter2";

fn check(shown: &dyn Debug) {
    let numbers = format!("{:?}", SECRET.as_bytes()).replace(' ', "");
    let numbers = numbers.trim_matches(['[', ']']);
    for text in [format!("{shown:?}"), format!("{shown:#?}")] {
        let is_shown = text.contains(SECRET) || text.replace(['\n', ' '], "").contains(numbers);
        assert!(!is_shown, "{text}");
    }
}

fn config() -> Config {
    let connection = ConnectionInfo { password: Some(SECRET.into()), ..ConnectionInfo::default() };
    Config { connection, ..Config::default() }
}

/// Shows the cache and each of its outputs; how many bytes were transmitted.
fn drain(cache: &mut Cache, now: u64) -> usize {
    let mut transmitted = 0;
    loop {
        check(cache);
        let Some(output) = cache.poll(now) else {
            return transmitted;
        };
        check(&output);
        if let Output::Transmit(_, bytes) = output {
            transmitted += bytes.len();
            assert!(bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()));
        }
    }
}

#[test]
fn neither_a_cache_nor_its_outputs_show_what_is_on_the_wire() {
    let (mut cache, id, secret) = (Cache::new(config(), 1), ConnectionId(0), SECRET.as_bytes());
    let operations = [
        Operation::Set { key: secret, value: secret, expiry: Expiry::Never },
        Operation::Get { key: secret },
        Operation::GetMany { keys: &[secret, secret] },
        Operation::Clear { prefix: secret },
        Operation::Acquire {
            key: secret,
            tags: &[secret],
            above: 0,
            length: 1_000,
            purpose: Purpose::Refresh,
            wait: 10,
        },
    ];
    for (call, operation) in (0..).zip(operations) {
        check(&operation);
        cache.submit(CallId(call), operation, 5_000, 0);
    }
    drain(&mut cache, 0);
    cache.opened(id, 1);
    assert!(drain(&mut cache, 1) > 0);
    let greeting: &[u8] = if cfg!(feature = "resp3") { b"%1\r\n+proto\r\n:3\r\n+OK\r\n" } else { b"+OK\r\n" };
    cache.receive(id, greeting, 2);
    drain(&mut cache, 2);
    // Rejected, so that it is held; then a value, values, and a part of a reply.
    cache.receive(id, b"-LOADING hunter2\r\n$7\r\nhunter2\r\n*2\r\n$7\r\nhunter2\r\n$7\r\nhunter2\r\n$9\r\nhunter2", 3);
    drain(&mut cache, 3);
}

#[test]
fn configurations_show_no_password() {
    check(&config());
    let deployment = Deployment::Sentinel { master: "mymaster".into(), connection: config().connection };
    check(&Config { deployment, ..config() });
}
