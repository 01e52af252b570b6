//! Which keys have no order that a cache could keep.

use super::{Connection, World};

impl World {
    /// Whether nobody can keep the order of a key: what was under way was executed out of turn, or its slot was moving, and the
    /// node that it was moving to failed.
    pub(crate) fn is_unordered(&self, key: &[u8]) -> bool {
        self.overtaken.contains(key) || self.asked.get(key).is_some_and(|&times| times > 0)
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
            let asked = self.asked.entry(key.to_vec()).or_default();
            match placed {
                Ok(_) => {
                    *asked = asked.saturating_sub(is_asking.into());
                    let sent_on = connection.sent_on.get(*key);
                    if sent_on.is_some_and(|at| self.now <= at + heard_after) {
                        self.overtaken.insert(key.to_vec());
                    }
                }
                Err(error) => {
                    *asked += u32::from(error.starts_with("ASK"));
                    connection.sent_on.insert(key.to_vec(), self.now);
                }
            }
        }
    }
}
