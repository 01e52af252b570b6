//! `clear` with a prefix: SCAN step by step on each primary, and UNLINK of what each step found.

use super::multi::CHUNK;
use super::{Commands, MultiCommand};
use crate::cache::command::{literals, name_and_keys, scan};
use crate::cache::{Error, Outcome, key};
use crate::client::{NodeId, Route};
use crate::connection::Effect;
use crate::resp::{ProtocolError, Reply};

/// The part of every UNLINK; that of a SCAN is the index of its node in `nodes`.
const UNLINK: u32 = u32::MAX;

pub(in crate::cache) struct Clear {
    prefix: Vec<u8>,
    pattern: Vec<u8>,
    nodes: Vec<NodeId>,
    /// The next step: the index of a node, and the cursor.
    next_scan: Option<(u32, Vec<u8>)>,
    /// Keys that were found and are to be deleted.
    found: Vec<Vec<u8>>,
    error: Option<Error>,
}

impl Clear {
    pub(in crate::cache) fn start(prefix: &[u8], commands: &mut Commands<'_>) -> Box<dyn MultiCommand> {
        let (prefix, pattern) = (prefix.to_vec(), key::pattern(prefix));
        let nodes: Vec<_> = commands.client().primaries().collect();
        let clear = Self { prefix, pattern, nodes, next_scan: None, found: Vec::new(), error: None };
        for node in 0..clear.nodes.len() as u32 {
            clear.send_scan(node, b"0", commands);
        }
        Box::new(clear)
    }

    fn send_scan(&self, node: u32, cursor: &[u8], commands: &mut Commands<'_>) {
        let route = Route::Node(self.nodes[node as usize]);
        commands.send(route, node, Effect::ReadOnly, |out| scan(out, cursor, &self.pattern));
    }

    /// SCAN's reply: the next cursor, `0` at the end, and keys. Only those that really have the prefix are deleted.
    fn on_scan(&mut self, node: u32, parts: &[Reply<'_>]) -> Result<(), ProtocolError> {
        let [Reply::Bulk(cursor), Reply::Array(keys)] = parts else {
            return Err(ProtocolError::Unexpected);
        };
        for key in keys {
            match key {
                Reply::Bulk(key) if key.starts_with(&self.prefix) => self.found.push(key.to_vec()),
                Reply::Bulk(_) => {}
                _ => return Err(ProtocolError::Unexpected),
            }
        }
        self.next_scan = (*cursor != b"0").then(|| (node, cursor.to_vec()));
        Ok(())
    }
}

impl MultiCommand for Clear {
    fn on_reply(&mut self, part: u32, reply: &Reply<'_>) -> Result<(), ProtocolError> {
        match reply {
            Reply::Integer(_) if part == UNLINK => Ok(()),
            Reply::Array(parts) if part != UNLINK => self.on_scan(part, parts),
            _ => Err(ProtocolError::Unexpected),
        }
    }

    fn on_error(&mut self, _part: u32, error: Error) {
        self.found.clear();
        self.error.get_or_insert(error);
    }

    /// Deletes what was found, and looks on: both leave in one write.
    fn send_next(&mut self, commands: &mut Commands<'_>) {
        let found = std::mem::take(&mut self.found);
        for chunk in found.chunks(CHUNK) {
            let encode = |out: &mut Vec<u8>| name_and_keys(out, literals::UNLINK, chunk);
            commands.send(Route::Key(&chunk[0]), UNLINK, Effect::Idempotent, encode);
        }
        if let Some((node, cursor)) = self.next_scan.take() {
            self.send_scan(node, &cursor, commands);
        }
    }

    fn outcome(self: Box<Self>) -> Outcome<'static> {
        self.error.map_or(Outcome::Flag(true), Outcome::Failed)
    }
}
