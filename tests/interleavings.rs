//! Operations, losses, refusals, aborts and waits in any order, replies in any pieces: every call completes exactly once,
//! and a value is always the caller's own.

mod simulation;

use cachelib_edge::cache::{Error, Expiry, Operation};
use simulation::{Done, Network, Random, Redis, Server, Simulation, config, config_with_password, run_schedules};

/// How many runs are made, of how many acts each.
const RUNS: u64 = 100;
const ACTS: u64 = 200;

/// What a call may come to, when it does not fail.
enum Expected {
    /// The key's own value.
    Value(Vec<u8>),
    Values(Vec<Option<Vec<u8>>>),
    Flag,
    /// An integer that no other increment has got.
    Count,
    Keys(u32),
}

struct Run {
    simulation: Simulation,
    random: Random,
    calls: Vec<(u32, Expected)>,
    counts: Vec<i64>,
}

impl Run {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let (config, mut redis) = match random.below(2) {
            0 => (config(), Redis::default()),
            _ => (config_with_password(), Redis::with_password("secret")),
        };
        for number in 0..100 {
            redis.put(&format!("k{number}"), &format!("value of k{number}"));
        }
        let simulation = Simulation::new(config, Server::Redis(redis));
        Self { simulation, random, calls: Vec::new(), counts: Vec::new() }
    }

    fn act(&mut self) {
        match self.random.below(20) {
            0..10 => self.submit(),
            10..14 => {
                let milliseconds = self.random.below(5);
                self.simulation.advance(milliseconds);
            }
            14 => {
                let milliseconds = self.random.below(1_500);
                self.simulation.advance(milliseconds);
            }
            15 => self.simulation.lose_if_connected(),
            16 => {
                let networks = [Network::Accepts, Network::Accepts, Network::Refuses, Network::BlackHole];
                self.simulation.network = self.random.one_of(&networks);
            }
            17 => self.simulation.chunk = self.random.one_of(&[1, 2, 3, 7, 100, usize::MAX]),
            18 => {
                self.simulation.step();
            }
            _ => {
                let waiting = self.calls.len() as u64;
                if waiting > 0 {
                    let call = self.calls[self.random.below(waiting) as usize].0;
                    self.simulation.abort(call);
                }
            }
        }
    }

    fn submit(&mut self) {
        let timeout = self.random.one_of(&[10, 300, 5_000, 5_000]);
        let number = self.random.below(100);
        let (key, value) = (format!("k{number}"), format!("value of k{number}"));
        let (key, value) = (key.as_bytes(), value.as_bytes());
        let expiry = Expiry::Never;
        let most = self.random.one_of(&[5, 20, 100, 1_200]);
        let many: Vec<_> = (0..self.random.below(most)).map(|number| format!("k{}", number % 130)).collect();
        let keys: Vec<_> = many.iter().map(String::as_bytes).collect();
        let (operation, expected) = match self.random.below(8) {
            0..3 => (Operation::Get { key }, Expected::Value(value.to_vec())),
            3 => (Operation::Set { key, value, expiry }, Expected::Flag),
            4 => (Operation::Increment { key: b"n", delta: 1 }, Expected::Count),
            5 => {
                let own = |name: &String| (name.len() < 4).then(|| format!("value of {name}").into());
                (Operation::GetMany { keys: &keys }, Expected::Values(many.iter().map(own).collect()))
            }
            6 => (Operation::SetMany { entries: &[(key, value), (key, value)], expiry }, Expected::Keys(2)),
            _ => (Operation::Has { key }, Expected::Flag),
        };
        let call = self.simulation.submit_for(timeout, operation);
        self.calls.push((call, expected));
    }

    /// Everything comes to an end of its own.
    fn finish(mut self) {
        let increments = self.calls.iter().filter(|(_, expected)| matches!(expected, Expected::Count)).count();
        if self.random.below(2) == 0 {
            self.simulation.network = Network::Accepts;
        }
        if self.random.below(3) == 0 {
            self.simulation.close();
        }
        self.simulation.drive();
        assert!(!self.simulation.cache.is_busy());
        for (call, expected) in std::mem::take(&mut self.calls) {
            let done = self.simulation.done(call);
            self.check(&done, &expected);
        }
        let counted =
            self.simulation.redis().value("n").map_or(0, |n| String::from_utf8_lossy(n).parse().expect("a number"));
        assert!(counted <= increments as i64, "no increment is carried out twice");
        assert!(self.counts.iter().all(|count| (1..=counted).contains(count)));
    }

    fn check(&mut self, done: &Done, expected: &Expected) {
        match (done, expected) {
            (Done::Value(Some(value)), Expected::Value(own)) => assert!(value == own),
            (Done::Values(values), Expected::Values(own)) => assert!(values == own),
            (Done::Flag(true), Expected::Flag) => {}
            (Done::Integer(count), Expected::Count) => {
                assert!(!self.counts.contains(count), "{count} was counted twice");
                self.counts.push(*count);
            }
            (Done::Keys(failed, because), Expected::Keys(total)) => {
                assert_eq!(failed.is_empty(), because.is_none());
                assert!(failed.is_sorted() && failed.iter().all(|index| index < total));
            }
            (Done::ValuesInPart(values, unknown, error), Expected::Values(own)) => {
                assert!(is_fair(error) && !unknown.is_empty());
                for (index, value) in (0..).zip(values) {
                    let known = if unknown.contains(&index) { &None } else { &own[index as usize] };
                    assert!(value == known);
                }
            }
            (Done::Failed(error), _) => assert!(is_fair(error), "{error:?}"),
            _ => panic!("{done:?} is another's outcome"),
        }
    }
}

/// Whether a good server behind a bad network explains it.
fn is_fair(error: &Error) -> bool {
    matches!(error.code(), "UNREACHABLE" | "CONNECT_TIMEOUT" | "CONNECTION_LOST" | "TIMEOUT" | "ABORTED")
}

#[test]
fn every_call_completes_once_with_its_own_value() {
    run_schedules(RUNS, |seed| {
        let mut run = Run::new(seed);
        for _ in 0..ACTS {
            run.act();
        }
        run.finish();
    });
}
