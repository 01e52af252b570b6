//! What all nodes of a client have in common.

use super::backoff::Jitter;
use super::cluster::Reason;
use super::{Config, Deployment, ErrorCode, Installation, NodeId};
use crate::connection::{self, Connection, ConnectionInfo, Role};
use std::collections::VecDeque;

/// In a cluster the pause between two attempts grows no longer than after so many: a failover takes seconds, and the first
/// request after it shall not wait.
const MAX_FAILURES: u32 = 2;

/// What all nodes of a client have in common.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) config: Config,
    pub(super) installation: Installation,
    pub(super) jitter: Jitter,
    /// How many connections were made.
    pub(super) connections: u32,
    /// How many requests were made.
    pub(super) requests: u64,
    /// How many there were when the last operation of many began.
    pub(super) begun_at: u64,
    pub(super) is_closed: bool,
    /// The time of the last poll.
    pub(super) now: u64,
    /// Until when each attempt to connect that was given up still counts, in their order.
    pub(super) lingering: VecDeque<u64>,
    /// Whether a node may wait for leave to connect.
    pub(super) wants_connection: bool,
    /// Whether a node may hold requests.
    pub(super) has_holds: bool,
    /// Whether the sentinels are asked for a replica, although their master is known.
    pub(super) wants_replica: bool,
    /// How a connection was lost before it told the map.
    pub(super) lost_discovery: Option<LostDiscovery>,
    /// A node that cannot serve a slot, and why the map is asked for.
    pub(super) unserved: Option<(u16, Reason)>,
}

/// How a question about the installation was lost with its connection, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LostDiscovery {
    /// It had not been sent.
    NotSent,
    /// Nothing had been answered before it.
    NotReady,
    /// There was no answer.
    Sent,
    /// The answer was none that can be read, and the end of the connection.
    Unreadable,
}

impl Context {
    pub(super) fn new(mut config: Config, seed: u64, installation: Installation) -> Self {
        // Two digits name one: see `Address::Named`.
        config.seeds = config.seeds.clamp(1, 99);
        let context = Self {
            config,
            installation,
            jitter: Jitter(seed),
            connections: 0,
            requests: 0,
            begun_at: 0,
            is_closed: false,
            now: 0,
            lingering: VecDeque::new(),
            wants_connection: false,
            has_holds: false,
            wants_replica: false,
            lost_discovery: None,
            unserved: None,
        };
        context.installation.add_configured(context.servers());
        context
    }

    // Without the feature these are constants, and what depends on them is not in the module.

    pub(super) const fn is_cluster(&self) -> bool {
        cfg!(feature = "cluster") && matches!(self.config.deployment, Deployment::Cluster { .. })
    }

    pub(super) const fn is_sentinel(&self) -> bool {
        cfg!(feature = "cluster") && matches!(self.config.deployment, Deployment::Sentinel { .. })
    }

    /// Whether there is more than one server.
    pub(super) const fn is_distributed(&self) -> bool {
        cfg!(feature = "cluster") && !matches!(self.config.deployment, Deployment::Standalone)
    }

    /// Whether a node of a cluster is reached by its host name, where it has one.
    pub(super) const fn prefers_hostnames(&self) -> bool {
        matches!(self.config.deployment, Deployment::Cluster { prefers_hostnames: true })
    }

    /// Whether a node has to ask before it connects.
    pub(super) const fn has_gate(&self) -> bool {
        self.is_sentinel() || (self.is_cluster() && self.config.max_connections < usize::MAX)
    }

    /// How many nodes there are from the start: the configured servers, and behind sentinels the master and a replica.
    pub(super) const fn servers(&self) -> u16 {
        self.config.seeds + if self.is_sentinel() { 2 } else { 0 }
    }

    /// The node that has all keys, where one has: behind the sentinels, if there are any.
    pub(super) const fn main_node(&self) -> u16 {
        if self.is_sentinel() { self.config.seeds } else { 0 }
    }

    /// Who we are to a node.
    pub(super) const fn connection_info(&self, node: NodeId) -> &ConnectionInfo {
        match &self.config.deployment {
            Deployment::Sentinel { connection, .. } if node.0 < self.config.seeds => connection,
            _ => &self.config.connection,
        }
    }

    /// What a node is wanted as.
    pub(super) const fn role_of(&self, node: NodeId) -> Role {
        if self.is_master(node) {
            Role::Master
        } else if self.is_replica(node) {
            Role::Replica
        } else if self.is_cluster() && self.config.reads_replicas {
            Role::Reader
        } else {
            Role::Any
        }
    }

    /// Whether the sentinels are asked for the node's address first: it is not known, or may have changed.
    pub(super) fn lacks_address(&self, node: NodeId) -> bool {
        let knowledge = self.installation.0.borrow();
        (self.is_master(node) && !knowledge.has_master) || (self.is_replica(node) && !knowledge.has_replica)
    }

    /// Whether its breaker does not count: a sentinel is asked in its turn, and others may have another address by now.
    pub(super) fn is_tried_at_once(&self, node: NodeId) -> bool {
        (self.is_sentinel() && node.0 < self.config.seeds) || self.lacks_address(node)
    }

    /// Whether a seed of a cluster of which nothing is known is left for the next one before its time: `operationTimeout` is as long. Not
    /// a second time, for servers that are far away.
    pub(super) fn can_pass_over(&self, node: NodeId) -> bool {
        let topology = &self.installation.0.borrow().topology;
        self.config.seeds > 1 && !topology.is_known() && topology.breaker(node.0).cause().is_none()
    }

    /// Whether another node may answer what this one was asked for.
    pub(super) const fn can_reroute(&self, node: NodeId) -> bool {
        self.is_cluster() || self.is_replica(node)
    }

    /// Until when the map may tell who serves the slots of a node that does not work: `now` where the client has yet to ask for it.
    pub(super) fn awaits_map(&self, now: u64) -> Option<u64> {
        if !self.is_cluster() {
            return None;
        }
        let knowledge = self.installation.0.borrow();
        if !knowledge.topology.is_known() {
            return None;
        }
        match (self.unserved, self.lost_discovery) {
            (Some((_, Reason::ShardLost)), _) => Some(now),
            (_, None) => knowledge.refresh.expected_until(now),
            _ => None,
        }
    }

    /// Whether it is the replica that sentinels have named. Nothing but reads goes there.
    pub(super) const fn is_replica(&self, node: NodeId) -> bool {
        self.is_sentinel() && node.0 > self.config.seeds
    }

    const fn is_master(&self, node: NodeId) -> bool {
        self.is_sentinel() && node.0 == self.config.seeds
    }

    /// The pause after so many rejections of a request.
    pub(super) fn pause(&mut self, rejections: u32) -> u64 {
        self.jitter.pause(if self.is_cluster() && rejections > MAX_FAILURES { MAX_FAILURES } else { rejections })
    }

    /// A node could not do what it was asked for.
    pub(super) fn note_rejection(&mut self, code: ErrorCode, node: NodeId, is_unserved: bool) {
        match code {
            ErrorCode::ReadOnly => self.doubt_master(node),
            ErrorCode::ClusterDown if self.is_cluster() => {
                let reason = if is_unserved { Reason::Unserved } else { Reason::CutOff };
                self.unserved = Some((node.0, reason));
            }
            _ => {}
        }
    }

    /// A socket is closed that may not be open yet.
    pub(super) fn note_close<T: Copy>(&mut self, connection: &Connection<T>, now: u64) {
        if self.has_gate() && self.config.connect_linger > 0 && !connection.has_opened() {
            self.lingering.push_back(now.saturating_add(self.config.connect_linger));
        }
    }

    /// A connection has ended.
    pub(super) fn note_loss(&mut self, error: &connection::Error, node: NodeId) {
        if *error == connection::Error::Closed {
            return;
        }
        self.doubt_master(node);
        if self.is_master(node) && matches!(error, connection::Error::Handshake(_)) {
            // The sentinel that named it has not heard of another one yet.
            let knowledge = &mut *self.installation.0.borrow_mut();
            knowledge.first_sentinel = knowledge.first_sentinel.map(|first| (first + 1) % self.config.seeds);
        }
    }

    /// The sentinels are asked before the next connection.
    fn doubt_master(&self, node: NodeId) {
        if self.is_master(node) {
            self.installation.0.borrow_mut().has_master = false;
        }
    }
}
