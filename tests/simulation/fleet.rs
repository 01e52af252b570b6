//! Several caches on one server, each with a clock of its own.

use super::callers::Clients;
use super::{Done, Redis, Server, Simulation, config};
use cachelib_edge::cache::{Cache, Freshness, LeaseId, Operation};
use std::cell::RefCell;
use std::rc::Rc;

/// Some caches and their server. Each has a clock of its own.
pub(crate) struct Fleet {
    pub(crate) redis: Rc<RefCell<Redis>>,
    pub(crate) clients: Vec<Simulation>,
}

impl Fleet {
    pub(crate) fn new(count: u32) -> Self {
        let redis = Rc::new(RefCell::new(Redis::default()));
        let clients = (0..count).map(|number| new_client(&redis, number, number.into(), 0)).collect();
        Self { clients, redis }
    }

    /// The process of a client is killed, and another takes its place.
    pub(crate) fn replace(&mut self, index: usize, seed: u64) {
        self.clients[index] = new_client(&self.redis, index as u32, seed, self.now());
    }

    pub(crate) fn now(&self) -> u64 {
        self.clients[0].now - self.clients[0].ahead
    }

    /// Lets so many milliseconds pass for all, one after the other's next event.
    pub(crate) fn advance(&mut self, milliseconds: u64) {
        let until = self.now() + milliseconds;
        self.clients.iter_mut().for_each(Simulation::drain);
        while let Some((time, index)) = self.next().filter(|(time, _)| *time <= until) {
            self.set_time(time);
            self.clients[index].step();
        }
        self.set_time(until);
    }

    fn next(&self) -> Option<(u64, usize)> {
        let times = self.clients.iter().enumerate();
        times.filter_map(|(index, client)| Some((client.next_time()?.max(client.now) - client.ahead, index))).min()
    }

    fn set_time(&mut self, now: u64) {
        self.redis.borrow_mut().set_time(now);
        for client in &mut self.clients {
            client.now = client.now.max(now + client.ahead);
        }
    }

    /// What becomes of an operation within a round trip of a connected client.
    pub(crate) fn run(&mut self, client: usize, operation: Operation<'_>) -> Done {
        let call = self.clients[client].submit(operation);
        while !self.clients[client].is_done(call) {
            self.advance(1);
        }
        self.clients[client].done(call)
    }

    pub(crate) fn lease(&mut self, client: usize, operation: Operation<'_>) -> LeaseId {
        match self.run(client, operation) {
            Done::Found(_, Freshness::Leased(lease)) => lease,
            other => panic!("no lease: {other:?}"),
        }
    }

    pub(crate) fn value(&self, key: &str) -> Option<Vec<u8>> {
        self.redis.borrow().value(key).map(<[u8]>::to_vec)
    }
}

impl Clients for Fleet {
    fn now(&self) -> u64 {
        self.now()
    }

    fn submit(&mut self, client: usize, operation: Operation<'_>) -> u32 {
        self.clients[client].submit(operation)
    }

    fn take_done(&mut self, client: usize, call: u32) -> Option<Done> {
        let client = &mut self.clients[client];
        client.is_done(call).then(|| client.done(call))
    }
}

fn new_client(redis: &Rc<RefCell<Redis>>, number: u32, seed: u64, now: u64) -> Simulation {
    let mut client = Simulation::new(config(), Server::Shared(redis.clone(), number));
    client.cache = Cache::new(config(), seed);
    client.ahead = u64::from(number) * 7_200_000;
    client.now = now + client.ahead;
    client
}
