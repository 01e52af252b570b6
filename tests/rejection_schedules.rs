//! Rejections, losses, refusals, waits and aborts in any order, replies in any pieces: nothing is executed twice, nothing is
//! answered twice or with what is another's, the order of each key is kept, and every call ends within its deadline.

mod simulation;

use simulation::{
    Call, Calls, Done, Kind, Names, Network, Random, Redis, Server, Simulation, config, config_with_password,
    run_schedules,
};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

const SCHEDULES: u64 = 3_000;
const ACTS: u64 = 60;
const KEYS: u64 = 4;

const REJECTIONS: [&str; 9] = [
    "LOADING Redis is loading the dataset in memory",
    "BUSY Redis is busy running a script.",
    "MASTERDOWN Link with MASTER is down",
    "CLUSTERDOWN The cluster is down",
    "TRYAGAIN Multiple keys request during rehashing of slot",
    "READONLY You can't write against a read only replica.",
    "NOAUTH Authentication required.",
    "OOM command not allowed when used memory > 'maxmemory'.",
    "MOVED 1 127.0.0.1:7001",
];

struct Schedule {
    simulation: Simulation,
    random: Random,
    /// How likely a command is rejected, in a hundred.
    likelihood: Rc<Cell<u64>>,
    calls: Calls,
    /// Whether requests are sent again after a loss, although they may have been executed with later ones: then a value
    /// that is read is one of those under way, and no order can be told.
    repeats_after_loss: bool,
}

impl Schedule {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let (mut config, mut redis) = match random.below(2) {
            0 => (config(), Redis::default()),
            _ => (config_with_password(), Redis::with_password("secret")),
        };
        config.max_retries = random.one_of(&[0, 2]);
        config.retry_writes = random.one_of(&[false, false, false, true]);
        // What a rejected handshake took with it is sent again however few retries there are.
        let repeats_after_loss = config.max_retries > 0 || config.retry_writes;
        let likelihood = Rc::new(Cell::new(0));
        let (chance, mut dice) = (likelihood.clone(), Random(seed ^ 0xABCD));
        redis.faults.0 =
            Some(Box::new(move |_| (dice.below(100) < chance.get()).then(|| dice.one_of(&REJECTIONS).to_owned())));
        let simulation = Simulation::new(config, Server::Redis(redis));
        Self { simulation, random, likelihood, calls: Calls::default(), repeats_after_loss }
    }

    fn act(&mut self) {
        match self.random.below(20) {
            0..10 => self.submit(),
            10..13 => self.pass(5),
            13 => self.pass(400),
            14 => {
                let sockets = self.simulation.sockets();
                if !sockets.is_empty() {
                    let id = self.random.one_of(&sockets);
                    self.simulation.lose_connection(id);
                }
            }
            15 => {
                let networks = [Network::Accepts, Network::Accepts, Network::Refuses, Network::BlackHole];
                self.simulation.network = self.random.one_of(&networks);
            }
            16 => self.simulation.chunk = self.random.one_of(&[1, 2, 3, 7, 100, usize::MAX]),
            17 | 18 => self.likelihood.set(self.random.one_of(&[0, 0, 10, 50, 90, 100])),
            _ if self.calls.calls.is_empty() => {}
            _ => {
                let index = self.random.below(self.calls.calls.len() as u64) as usize;
                self.simulation.abort(self.calls.calls[index].id);
            }
        }
        self.note_done();
    }

    /// Lets up to so many milliseconds pass, one after the other.
    fn pass(&mut self, most: u64) {
        for _ in 0..self.random.below(most) {
            self.simulation.advance(1);
            self.note_done();
        }
    }

    fn submit(&mut self) {
        let key = self.random.below(KEYS);
        let names = Names {
            own: format!("k{key}"),
            other: format!("k{}", (key + 1) % KEYS),
            beside: format!("b{key}"),
            counter: format!("n{key}"),
            new: format!("a{key}"),
        };
        let simulation = &mut self.simulation;
        let now = simulation.now;
        self.calls
            .make(key, &names, now, &mut self.random, |timeout, operation| simulation.submit_for(timeout, operation));
    }

    fn note_done(&mut self) {
        self.simulation.drain();
        self.calls.note_done(self.simulation.now, |id| self.simulation.is_done(id));
    }

    fn finish(mut self) {
        if self.random.below(2) == 0 {
            self.likelihood.set(0);
            self.simulation.network = Network::Accepts;
        }
        if self.random.below(4) == 0 {
            self.simulation.close();
        }
        while !self.calls.are_done() {
            self.simulation.advance(1);
            self.note_done();
        }
        assert!(!self.simulation.cache.is_busy());
        self.simulation.drive();
        self.check();
    }

    /// Calls are in the order in which they were made.
    fn check(&mut self) {
        let mut seen = BTreeMap::new();
        let mut counts: BTreeMap<u64, Vec<i64>> = BTreeMap::new();
        let mut added: BTreeMap<u64, u32> = BTreeMap::new();
        for Call { id, key, kind, .. } in std::mem::take(&mut self.calls.calls) {
            match (kind, self.simulation.done(id)) {
                (Kind::DeleteMany, Done::Keys(..)) => {}
                (Kind::Set(_) | Kind::SetMany(_) | Kind::Get | Kind::GetMany | Kind::GetBeside, _)
                    if self.repeats_after_loss => {}
                (Kind::Set(number), Done::Flag(true)) => raise(&mut seen, key, number),
                (Kind::SetMany(number), Done::Keys(failed, _)) => {
                    for index in (0..2).filter(|index| !failed.contains(&(*index as u32))) {
                        raise(&mut seen, (key + index) % KEYS, number + index as i64);
                    }
                }
                (Kind::Get, Done::Value(value)) => raise(&mut seen, key, number(value.as_deref())),
                (Kind::GetMany, Done::Values(values)) => {
                    for (key, value) in [key, (key + 1) % KEYS].into_iter().zip(values) {
                        raise(&mut seen, key, number(value.as_deref()));
                    }
                }
                (Kind::GetBeside, Done::Values(values)) => {
                    raise(&mut seen, key, number(values[0].as_deref()));
                    assert_eq!(values[1..], [None]);
                }
                (Kind::Increment, Done::Integer(count)) => counts.entry(key).or_default().push(count),
                (Kind::Add, Done::Flag(is_new)) => *added.entry(key).or_default() += u32::from(is_new),
                (_, Done::Failed(_)) => {}
                (_, done) => panic!("{done:?} is another's outcome"),
            }
        }
        assert!(added.values().all(|&count| count <= 1), "what was added twice was executed twice");
        for (key, counts) in counts {
            assert!(counts.is_sorted_by(|a, b| a < b), "n{key} was counted in order, each once: {counts:?}");
            let made = self.simulation.redis().value(&format!("n{key}")).map_or(0, |value| number(Some(value)));
            assert!(counts.last().is_none_or(|&last| last <= made));
        }
    }
}

/// What was seen of a key never goes back to what an earlier `SET` wrote.
fn raise(seen: &mut BTreeMap<u64, i64>, key: u64, number: i64) {
    let before = seen.insert(key, number).unwrap_or_default();
    assert!(before <= number, "k{key} goes back from {before} to {number}");
}

fn number(value: Option<&[u8]>) -> i64 {
    value.map_or(0, |value| std::str::from_utf8(value).ok().and_then(|text| text.parse().ok()).expect("a number"))
}

#[test]
fn nothing_is_executed_twice_lost_or_answered_out_of_order() {
    run_schedules(SCHEDULES, |seed| {
        let mut schedule = Schedule::new(seed);
        for _ in 0..ACTS {
            schedule.act();
        }
        schedule.finish();
    });
}
