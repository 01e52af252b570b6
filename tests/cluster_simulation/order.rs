//! Which keys have no order that a cache could keep.

use super::{Connection, World, slot};

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

    /// A node rejects a request for keys that are not its, or were not when it was sent: what the cache sends before it hears of it,
    /// the node may execute.
    pub(super) fn note_rejection(&self, connection: &mut Connection, keys: &[&[u8]], is_placed: bool) {
        let is_moved = |key: &[u8]| self.told_at.get(&slot(key)).is_some_and(|&at| at >= connection.sent_at);
        let keys: Vec<_> = keys.iter().filter(|key| !is_placed || is_moved(key)).collect();
        let heard_at = self.now + (connection.round_trip / 2).max(1);
        connection.sent_on.extend(keys.into_iter().map(|key| (key.to_vec(), heard_at)));
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
        let heard_at = self.now + (connection.round_trip / 2).max(1);
        for key in keys {
            // One that the cache has not heard of when it sends this one.
            let sent_on = connection.sent_on.get(*key).filter(|heard_at| connection.sent_at <= **heard_at);
            match placed {
                Ok(_) => {
                    let asked = self.asked.get_mut(&(connection.node, key.to_vec()));
                    if let Some((asked, heard_at)) = asked.filter(|_| is_asking) {
                        (*asked, *heard_at) = (asked.saturating_sub(1), self.now + heard_after);
                    }
                    if sent_on.is_some() {
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
                    connection.sent_on.insert(key.to_vec(), heard_at);
                }
            }
        }
    }
}
