//! The master's address: sentinels are asked for it one after the other, the one first that knew it last.
//!
//! <https://redis.io/docs/latest/develop/reference/sentinel-clients/>

use super::{Address, Client, ConnectionId, Deployment, Error, NodeId};
use crate::resp::{ErrorReply, Reply, encode};
use std::ops::Range;

/// How long a sentinel may take, connecting included, before the next one is asked, in milliseconds.
const ANSWER_TIMEOUT: u64 = 1_000;

/// The search for the master.
#[derive(Debug, Default)]
pub(super) struct Discovery {
    /// The sentinel that is being asked, and until when.
    asked: Option<(u16, u64)>,
    /// How many were asked in this round.
    tried: u16,
    /// Rounds in which none knew it, one after the other; and when the next may begin.
    failures: u32,
    retry_at: u64,
    /// What the last sentinel had to say.
    error: Option<(NodeId, Error)>,
}

impl Discovery {
    /// When something is to be done, in milliseconds; `u64::MAX` for never.
    pub(super) fn poll_timeout(&self) -> u64 {
        let retry_at = if self.retry_at == 0 { u64::MAX } else { self.retry_at };
        self.asked.map_or(retry_at, |(_, until)| until)
    }
}

impl<T: Copy + Default> Client<T> {
    /// Goes on with the search; false while there is nothing to do.
    pub(super) fn discover_master(&mut self, now: u64) -> bool {
        if let Some((node, _)) = self.discovery.asked {
            let is_lost = self.nodes[usize::from(node)].queue().is_empty();
            if is_lost {
                self.give_up_sentinel(node);
            }
            return is_lost;
        }
        if self.discovery.tried == self.context.config.seeds {
            self.end_round(now);
        }
        if now < self.discovery.retry_at {
            return self.fail_waiting();
        }
        self.ask_sentinel(now);
        true
    }

    /// The time has come that the search's `poll_timeout` named.
    pub(super) fn handle_discovery_timeout(&mut self, now: u64) {
        match self.discovery.asked {
            Some((node, until)) if now >= until => self.give_up_sentinel(node),
            _ if now >= self.discovery.retry_at => self.discovery.retry_at = 0,
            _ => {}
        }
    }

    fn give_up_sentinel(&mut self, node: u16) {
        let error = self.nodes[usize::from(node)].late_error();
        self.end_question(NodeId(node), error);
    }

    fn ask_sentinel(&mut self, now: u64) {
        let Deployment::Sentinel { master, .. } = &self.context.config.deployment else {
            return;
        };
        let master = master.clone();
        let first = self.context.installation.0.borrow().first_sentinel;
        let node = (first + self.discovery.tried) % self.context.config.seeds;
        self.discovery.tried += 1;
        self.discovery.asked = Some((node, now.saturating_add(ANSWER_TIMEOUT)));
        self.ask(node, &|out| {
            encode::command(out, 3);
            encode::bulk(out, b"SENTINEL");
            encode::bulk(out, b"GET-MASTER-ADDR-BY-NAME");
            encode::bulk(out, master.as_bytes());
        });
    }

    /// A sentinel has answered: with a host and a port, or with nil where it does not know the name.
    pub(super) fn learn_master(&mut self, id: ConnectionId, reply: Range<usize>) {
        let Some(connection) = self.connection(id) else {
            return;
        };
        let from = id.node();
        let address = self.context.installation.address(from.0);
        let error = match connection.reply(reply) {
            Ok(Reply::Array(parts)) => match parts[..] {
                [Reply::Bulk(host), Reply::Bulk(port)] => match Address::named(host, port, &address) {
                    Some(address) => return self.take_master(from, address),
                    None => Error::UnknownMaster,
                },
                _ => Error::UnknownMaster,
            },
            Ok(Reply::Error(text)) => Error::Server(ErrorReply::new(text)),
            _ => Error::UnknownMaster,
        };
        self.end_question(from, error);
    }

    fn take_master(&mut self, from: NodeId, address: Address) {
        let master = self.context.config.seeds;
        let mut knowledge = self.context.installation.0.borrow_mut();
        let known = &knowledge.topology.nodes[usize::from(master)];
        if known.address != address {
            known.breaker.reset();
            knowledge.topology.set_address(master, address);
        }
        knowledge.has_master = true;
        knowledge.first_sentinel = from.0;
        self.discovery = Discovery::default();
        drop(knowledge);
        self.node_mut(from.index()).hang_up();
    }

    /// A sentinel was of no use: its connection is not kept. That one does not know the master tells most.
    fn end_question(&mut self, node: NodeId, error: Error) {
        self.discovery.asked = None;
        if self.discovery.tried == 1 || !matches!(self.discovery.error, Some((_, Error::UnknownMaster))) {
            self.discovery.error = Some((node, error));
        }
        self.node_mut(node.index()).hang_up();
    }

    fn end_round(&mut self, now: u64) {
        let pause = self.context.jitter.pause(self.discovery.failures);
        self.discovery.failures = self.discovery.failures.saturating_add(1);
        (self.discovery.tried, self.discovery.retry_at) = (0, now.saturating_add(pause));
    }

    /// After a round in vain: what waits for the master comes to nothing, unless it may wait for its deadline.
    fn fail_waiting(&mut self) -> bool {
        let index = usize::from(self.context.config.seeds);
        let Some((node, error)) = self.discovery.error.clone() else {
            return false;
        };
        if !self.context.config.fail_fast || self.nodes[index].waiting.is_empty() {
            return false;
        }
        let master = self.node_mut(index);
        let mut waiting = std::mem::take(&mut master.waiting);
        master.fail_all(&mut waiting, node, &error);
        true
    }
}
