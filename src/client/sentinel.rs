//! The master's address: sentinels are asked for it one after the other, the one first that knew it last.
//!
//! <https://redis.io/docs/latest/develop/reference/sentinel-clients/>

use super::replica::read_replicas;
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
    /// The replicas that it has named, unless it has still to do so.
    replicas: Option<Vec<Address>>,
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
        let seeds = self.context.config.seeds;
        let chosen = (self.cluster.preference % usize::from(seeds)) as u16;
        let first = self.context.installation.0.borrow().first_sentinel.unwrap_or(chosen);
        let node = (first + self.discovery.tried) % seeds;
        self.discovery.tried += 1;
        self.discovery.asked = Some((node, now.saturating_add(ANSWER_TIMEOUT)));
        let wants_replicas = self.context.config.reads_replicas;
        self.discovery.replicas = (!wants_replicas).then(Vec::new);
        if wants_replicas {
            self.context.installation.0.borrow_mut().begin_replica_search(now);
            self.ask_for(node, b"REPLICAS", &master);
        }
        self.ask_for(node, b"GET-MASTER-ADDR-BY-NAME", &master);
    }

    fn ask_for(&mut self, node: u16, subcommand: &[u8], master: &str) {
        self.ask(node, &|out| {
            encode::command(out, 3);
            encode::bulk(out, b"SENTINEL");
            encode::bulk(out, subcommand);
            encode::bulk(out, master.as_bytes());
        });
    }

    /// A sentinel has answered: with its replicas, if it was asked for them; then with the master's host and port, or with nil where
    /// it does not know the name.
    pub(super) fn learn_from_sentinel(&mut self, id: ConnectionId, reply: Range<usize>, now: u64) {
        let from = id.node();
        // What comes too late is not told from the answers of the one that is asked since.
        let is_asked = self.discovery.asked.is_some_and(|(node, _)| node == from.0);
        let Some(connection) = self.connection(id).filter(|_| is_asked) else {
            return;
        };
        let address = self.context.installation.address(from.0);
        let reply = connection.reply(reply).unwrap_or(Reply::Nil);
        if self.discovery.replicas.is_none() {
            self.discovery.replicas = Some(read_replicas(&reply, &address));
            return;
        }
        let error = match reply {
            Reply::Array(parts) => match parts[..] {
                [Reply::Bulk(host), Reply::Bulk(port)] => match Address::named(host, port, &address) {
                    Some(address) => return self.take_master(from, address, now),
                    None => Error::UnknownMaster,
                },
                _ => Error::UnknownMaster,
            },
            Reply::Error(text) => Error::Server(ErrorReply::new(text)),
            _ => Error::UnknownMaster,
        };
        self.end_question(from, error);
    }

    fn take_master(&mut self, from: NodeId, address: Address, now: u64) {
        let Discovery { replicas, .. } = std::mem::take(&mut self.discovery);
        let mut knowledge = self.context.installation.0.borrow_mut();
        knowledge.set_address(self.context.config.seeds, address);
        knowledge.has_master = true;
        knowledge.first_sentinel = Some(from.0);
        drop(knowledge);
        self.take_replicas(replicas.unwrap_or_default(), now);
        self.node_mut(from.index()).close_in_use();
    }

    /// A sentinel was of no use: its connection is not kept. That one does not know the master tells most.
    fn end_question(&mut self, node: NodeId, error: Error) {
        self.discovery.asked = None;
        if self.discovery.tried == 1 || !matches!(self.discovery.error, Some((_, Error::UnknownMaster))) {
            self.discovery.error = Some((node, error));
        }
        self.node_mut(node.index()).close_in_use();
    }

    fn end_round(&mut self, now: u64) {
        let pause = self.context.jitter.pause(self.discovery.failures);
        self.discovery.failures = self.discovery.failures.saturating_add(1);
        self.context.wants_replica = false;
        (self.discovery.tried, self.discovery.retry_at) = (0, now.saturating_add(pause));
    }

    /// After a round in vain: what waits for an address comes to nothing, unless it may wait for its deadline.
    fn fail_waiting(&mut self) -> bool {
        let Some((asked, error)) = self.discovery.error.clone().filter(|_| self.context.config.fail_fast) else {
            return false;
        };
        let mut is_failed = false;
        for index in usize::from(self.context.config.seeds)..self.nodes.len() {
            if self.context.lacks_address(self.nodes[index].id) && !self.nodes[index].waiting.is_empty() {
                let node = self.node_mut(index);
                let mut waiting = std::mem::take(&mut node.waiting);
                node.fail_all(&mut waiting, asked, &error);
                is_failed = true;
            }
        }
        is_failed
    }
}
