//! What is known of the servers, by all clients of them.

use super::cluster::{Refresh, Topology};
use super::{Address, CircuitBreaker};
use std::cell::RefCell;
use std::rc::Rc;

/// What is known of the servers of a cache. All clients that are to know the same have a clone of it, and one clock.
#[derive(Clone, Debug, Default)]
pub struct Installation(pub(super) Rc<RefCell<Knowledge>>);

#[derive(Debug, Default)]
pub(super) struct Knowledge {
    pub(super) topology: Topology,
    pub(super) refresh: Refresh,
    /// Whether a sentinel has named the master, and nothing has happened since that speaks against it.
    pub(super) has_master: bool,
    /// The sentinel that is asked first: the last that knew the master. Before there is one, each client has its own.
    pub(super) first_sentinel: Option<u16>,
    /// Whether a sentinel has named a replica when it was asked last, and when they may be asked for another.
    pub(super) has_replica: bool,
    pub(super) replica_due_at: u64,
}

impl Knowledge {
    /// Forgets all nodes but the configured ones when there are too many: most of their addresses are of the past. How often that
    /// was so.
    pub(super) fn make_room(&mut self, seeds: u16) -> u32 {
        if self.topology.is_full {
            self.topology.forget_nodes(seeds.into());
            self.refresh.request_now();
        }
        self.topology.forgotten
    }

    /// A node is at this address, which may be another server's than before.
    pub(super) fn set_address(&mut self, node: u16, address: Address) {
        let known = &self.topology.nodes[usize::from(node)];
        if known.address != address {
            known.breaker.reset();
            self.topology.set_address(node, address);
        }
    }
}

impl Installation {
    /// Adds the servers that the user has configured, if this is the first client.
    pub(super) fn add_configured(&self, count: u16) {
        let mut knowledge = self.0.borrow_mut();
        for index in knowledge.topology.nodes.len() as u16..count {
            knowledge.topology.intern(Address::Configured(index));
        }
    }

    pub(super) fn breaker(&self, node: u16) -> CircuitBreaker {
        self.0.borrow().topology.breaker(node).clone()
    }

    pub(super) fn address(&self, node: u16) -> Address {
        self.0.borrow().topology.nodes[usize::from(node)].address.clone()
    }
}
