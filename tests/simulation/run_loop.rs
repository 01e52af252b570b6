//! Puts the outputs of a cache into effect, as a transport and a server would.

use super::{Action, Event, Network, ROUND_TRIP, Redis, Server, Simulation, done};
use cachelib_edge::cache::{Address, CallId, ConnectionId, Output};

impl Simulation {
    /// Puts every output of the cache into effect, and checks what it may assume of its transport.
    pub(crate) fn drain(&mut self) {
        while let Some(output) = self.cache.poll(self.now) {
            let (id, action) = match output {
                Output::Complete(CallId(call), outcome) => {
                    let slot = self.calls.get_mut(&call).expect("a call that was submitted");
                    let before = slot.replace(done(outcome));
                    assert_eq!(before, None, "call {call} is completed once");
                    continue;
                }
                Output::Connect(id, Address::Configured(0)) => (id, Action::Connect),
                Output::Transmit(id, bytes) => (id, Action::Transmit(bytes.to_vec())),
                Output::Close(id) => (id, Action::Close),
                other => panic!("an output of an unknown server: {other:?}"),
            };
            self.actions.push((self.now, action.clone()));
            self.act(id, action);
        }
        assert_eq!(self.cache.poll(self.now), None, "nothing was left");
    }

    fn act(&mut self, id: ConnectionId, action: Action) {
        assert_eq!(self.sockets.contains(&id), action != Action::Connect, "{action:?} at {} ms", self.now);
        match action {
            Action::Connect => {
                assert!(id > self.last_id || id == ConnectionId(0), "{id:?} names a second socket");
                self.last_id = id;
                self.sockets.insert(id);
                match self.network {
                    Network::Accepts => self.arrive(id, Event::Opened),
                    Network::Refuses => self.arrive(id, Event::Closed),
                    Network::BlackHole => {}
                }
            }
            Action::Transmit(bytes) => {
                assert!(!bytes.is_empty(), "a transmission of nothing");
                self.serve(id, &bytes);
            }
            Action::Close => {
                self.sockets.remove(&id);
                self.arriving.retain(|(_, of, _)| *of != id);
            }
        }
    }

    fn serve(&mut self, id: ConnectionId, bytes: &[u8]) {
        let now = self.now - self.ahead;
        let replies = self.with_redis_of(|redis, client| {
            redis.set_time(now);
            redis.receive(session_of(id, client), bytes)
        });
        for chunk in replies.unwrap_or_default().chunks(self.chunk) {
            self.arrive(id, Event::Received(chunk.to_vec()));
        }
    }

    fn with_redis_of<T>(&mut self, action: impl FnOnce(&mut Redis, u32) -> T) -> Option<T> {
        match &mut self.server {
            Server::Redis(redis) => Some(action(redis, 0)),
            Server::Shared(redis, client) => Some(action(&mut redis.borrow_mut(), *client)),
            Server::Script => None,
        }
    }

    fn arrive(&mut self, id: ConnectionId, event: Event) {
        self.arriving.push_back((self.now + ROUND_TRIP, id, event));
    }

    pub(super) fn deliver(&mut self, id: ConnectionId, event: Event) {
        match event {
            Event::Opened => {
                self.with_redis_of(|redis, client| redis.connected(session_of(id, client)));
                self.cache.opened(id, self.now);
            }
            Event::Received(bytes) => self.cache.receive(id, &bytes, self.now),
            Event::Closed => {
                self.sockets.remove(&id);
                self.cache.closed(id);
            }
        }
        self.drain();
    }
}

/// Connections of several clients have the same identifiers.
const fn session_of(ConnectionId(id): ConnectionId, client: u32) -> ConnectionId {
    ConnectionId(id | client << 27)
}
