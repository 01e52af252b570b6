//! A replica behind sentinels, for reads whose data may be old. They name those that work; one is chosen, and the master
//! answers wherever it does not.

use super::installation::Knowledge;
use super::{Address, Client, NodeId};
use crate::connection::Effect;
use crate::resp::Reply;

/// The sentinels are asked for another replica no sooner than this after they were asked last, in milliseconds.
const INTERVAL: u64 = 15_000;

/// What a sentinel says of a replica that does not work: `addReplySentinelRedisInstance` of sentinel.c.
const DOWN: [&[u8]; 3] = [b"s_down", b"o_down", b"disconnected"];

impl Knowledge {
    /// The sentinels are asked for replicas.
    pub(super) const fn begin_replica_search(&mut self, now: u64) {
        self.replica_due_at = now.saturating_add(INTERVAL);
    }

    /// Takes one of the replicas that were named, another one than before where that does not work. Whether there is another now, or none.
    fn choose_replica(&mut self, node: u16, mut named: Vec<Address>, preference: usize) -> bool {
        let known = &self.topology.nodes[usize::from(node)];
        if named.len() > 1 && known.breaker.is_open() {
            named.retain(|address| *address != known.address);
        }
        let chosen = preference.checked_rem(named.len()).map(|index| named.swap_remove(index));
        let is_other = chosen.as_ref() != Some(&known.address);
        self.has_replica = chosen.is_some();
        if let Some(address) = chosen {
            self.set_address(node, address);
        }
        is_other
    }
}

impl<T: Copy + Default> Client<T> {
    /// The master, or for a read its replica where that is wanted and it works. Before the sentinels have named any, a read
    /// waits for them at the replica.
    pub(super) fn node_behind_sentinels(&mut self, effect: Effect) -> u16 {
        let master = self.context.main_node();
        if effect != Effect::ReadOnly || !self.context.config.reads_replicas {
            return master;
        }
        let replica = master + 1;
        let knowledge = self.context.installation.0.borrow();
        let is_named = knowledge.has_replica || !knowledge.has_master;
        if is_named && !knowledge.topology.breaker(replica).is_open() {
            return replica;
        }
        self.context.wants_replica |= self.context.now >= knowledge.replica_due_at;
        drop(knowledge);
        self.avoid(replica);
        master
    }

    /// Asks the sentinels for a replica, where the one that they named does not work; false when there is nothing to do.
    pub(super) fn look_for_replica(&mut self, now: u64) -> bool {
        self.context.wants_replica && self.discover_master(now)
    }

    /// A sentinel has named the master and these replicas.
    pub(super) fn take_replicas(&mut self, named: Vec<Address>, now: u64) {
        self.context.wants_replica = false;
        let replica = self.context.main_node() + 1;
        let preference = self.cluster.preference;
        if self.context.installation.0.borrow_mut().choose_replica(replica, named, preference) {
            self.node_mut(replica.into());
            let rerouted = self.nodes[usize::from(replica)].leave(now, &mut self.context);
            rerouted.into_iter().for_each(|rerouted| self.reroute(NodeId(replica), rerouted, now));
        }
    }
}

/// The replicas that work, by the reply to `SENTINEL REPLICAS`: <https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/>.
pub(super) fn read_replicas(reply: &Reply<'_>, from: &Address) -> Vec<Address> {
    reply.parts().iter().filter_map(|replica| read_replica(replica, from)).collect()
}

fn read_replica(replica: &Reply<'_>, from: &Address) -> Option<Address> {
    // Names and values in turn.
    let (pairs, _) = replica.parts().as_chunks();
    let field = |wanted: &[u8]| {
        let value = pairs.iter().find_map(|pair| match pair {
            [Reply::Bulk(name), Reply::Bulk(value)] if *name == wanted => Some(*value),
            _ => None,
        });
        value.unwrap_or_default()
    };
    let is_down = field(b"flags").split(|&byte| byte == b',').any(|flag| DOWN.contains(&flag));
    let is_linked = field(b"master-link-status") == b"ok";
    if is_linked && !is_down { Address::named(field(b"ip"), field(b"port"), from) } else { None }
}
