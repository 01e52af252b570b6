//! Which keys have no order that a cache could keep.

use super::{Connection, World};

impl World {
    /// Whether nobody can keep the order of a key: what was under way was executed out of turn, or the node that its slot was moving to
    /// failed, or lost the slot, before it executed what was sent on to it.
    pub(crate) fn is_unordered(&self, key: &[u8]) -> bool {
        self.overtaken.contains(key)
    }

    /// A connection to this node ended, or could not be made: what was sent on to it goes another way.
    pub(super) fn note_failure(&mut self, node: usize) {
        let overtaken = &mut self.overtaken;
        let now = self.now;
        self.asked.retain(|(target, key), &mut (asked, heard_at)| {
            if *target == node && (asked > 0 || now <= heard_at) {
                overtaken.insert(key.clone());
            }
            *target != node
        });
    }

    /// Notes what a node does with a request for these keys.
    pub(super) fn note_order(
        &mut self,
        connection: &mut Connection,
        keys: &[&[u8]],
        is_asking: bool,
        placed: &Result<usize, String>,
    ) {
        // On the way twice, and a millisecond for rounding each time.
        let heard_after = connection.round_trip + 2;
        for key in keys {
            match placed {
                Ok(_) => {
                    let asked = self.asked.get_mut(&(connection.node, key.to_vec()));
                    if let Some((asked, heard_at)) = asked.filter(|_| is_asking) {
                        (*asked, *heard_at) = (asked.saturating_sub(1), self.now + heard_after);
                    }
                    let sent_on = connection.sent_on.get(*key);
                    if sent_on.is_some_and(|at| self.now <= at + heard_after) {
                        self.overtaken.insert(key.to_vec());
                    }
                }
                Err(error) => {
                    if is_asking {
                        self.overtaken.insert(key.to_vec());
                    }
                    let named = error.strip_prefix("ASK ").and_then(|rest| rest.split(' ').nth(1));
                    let target = self.nodes.iter().position(|node| named == Some(&node.address));
                    if let Some(target) = target {
                        self.asked.entry((target, key.to_vec())).or_default().0 += 1;
                    }
                    connection.sent_on.insert(key.to_vec(), self.now);
                }
            }
        }
    }
}
