//! What the scripts do that a cache sends.

use super::Redis;
use super::redis::{bulk, number};
use cachelib_edge::cache::Script;

impl Redis {
    /// What the scripts of `src/cache/script.rs` do; that real servers agree is tested with them.
    pub(super) fn run(&mut self, script: Script, keys: &[&[u8]], arguments: &[&[u8]]) -> Vec<u8> {
        let (expected, milliseconds, value) = (number(arguments[0]), number(arguments[1]) as u64, arguments[2]);
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
                    let is_expected = self.expires_at(&place, expected);
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
            Script::Register => {
                self.add_to_tags(keys, milliseconds);
                1
            }
        };
        bulk(result.to_string().as_bytes())
    }

    fn expires_at(&self, place: &(u32, Vec<u8>), expected: i64) -> bool {
        match (expected, self.ttl(place)) {
            (0x20_0000_0000_0000, _) => true,
            (0.., -2) => self.now as i64 > expected - 20,
            (0.., ttl @ 0..) => (self.now as i64 + ttl - expected).abs() <= 20,
            (_, ttl) => ttl == expected,
        }
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
