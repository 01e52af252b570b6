//! What the scripts do that a cache sends.

use super::Redis;
use super::wire::{bulk, number};
use cachelib_edge::cache::Script;

impl Redis {
    /// What the scripts of `src/cache/script.rs` do; that real servers agree is tested with them.
    pub(super) fn run(&mut self, script: Script, keys: &[&[u8]], arguments: &[&[u8]]) -> Vec<u8> {
        let (fence, milliseconds, value) = (arguments[0], number(arguments[1]) as u64, arguments[2]);
        let place = self.place(keys[0]);
        let holds = |redis: &Self, lock: &[u8]| {
            arguments.get(3).is_none_or(|token| redis.data.get(&redis.place(lock)).is_some_and(|held| held == token))
        };
        let result = match script {
            Script::Store => {
                let is_fenced = arguments.len() > 3;
                if !holds(self, keys[1]) {
                    0
                } else {
                    if is_fenced {
                        self.forget(&self.place(keys[1]));
                    }
                    let is_expected = fence.is_empty() || self.is_behind(&place, fence);
                    if is_expected {
                        self.write(place, value, milliseconds);
                        self.add_to_tags(keys, milliseconds);
                    }
                    i64::from(is_expected)
                }
            }
            Script::Hold if !holds(self, keys[0]) => 0,
            Script::Hold if milliseconds == 0 => i64::from(self.forget(&place)),
            Script::Hold => {
                self.write(place, value, milliseconds);
                1
            }
            Script::Fence if keys.get(1).is_some_and(|lock| !holds(self, lock)) => return bulk(b""),
            Script::Fence => return bulk(self.fence(&place).as_bytes()),
            Script::Register => {
                self.add_to_tags(keys, milliseconds);
                1
            }
        };
        bulk(result.to_string().as_bytes())
    }

    /// When a key expires, and a digest of its value.
    fn fence(&self, place: &(u32, Vec<u8>)) -> String {
        let (now, ttl) = (self.now as i64, self.ttl(place));
        let expires_at = if ttl < 0 { ttl } else { now + ttl };
        let digest = |value: &Vec<u8>| value.iter().fold(7_u64, |sum, &byte| sum.wrapping_mul(31) + u64::from(byte));
        format!("{expires_at} {:x}", self.data.get(place).map_or(0, digest))
    }

    /// Whether a key still holds what a fence says, or that has expired.
    fn is_behind(&self, place: &(u32, Vec<u8>), fence: &[u8]) -> bool {
        let expires_at = fence.split(|&byte| byte == b' ').next().map_or(-1, number);
        let has_expired = expires_at >= 0 && self.ttl(place) == -2 && self.now as i64 >= expires_at;
        has_expired || self.fence(place).as_bytes() == fence
    }

    /// What JavaScript's script of `deleteTag` does.
    pub(super) fn delete_tag(&mut self, tag: &[u8]) -> Vec<u8> {
        let members = self.sets.remove(tag).unwrap_or_default();
        for member in members.keys() {
            self.forget(&self.place(member));
            self.forget(&self.place(&[member, &b"~lock"[..]].concat()));
        }
        bulk(members.len().to_string().as_bytes())
    }

    fn add_to_tags(&mut self, keys: &[&[u8]], milliseconds: u64) {
        for tag in &keys[2..] {
            let score = if milliseconds == 0 { u64::MAX } else { self.now + milliseconds };
            let members = self.sets.entry(tag.to_vec()).or_default();
            members.entry(keys[0].to_vec()).and_modify(|known| *known = score.max(*known)).or_insert(score);
            members.retain(|_, score| *score > self.now);
        }
    }
}
