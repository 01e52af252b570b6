//! `clear`: FLUSHDB on each primary; with a prefix SCAN step by step on each, and UNLINK of what each step found. `nodes`: which
//! primaries there are.

use super::{Commands, MultiCommand, Operation};
use crate::cache::{Error, LAYER, Outcome, Values, key};
use crate::client::{self, ConnectionId, ErrorCode, NodeId, Route};
use crate::connection::{self, Effect};
use crate::resp::{ProtocolError, Reply, try_copy};

/// The part of every UNLINK, and of every PING, and of the question why the map is not known; that of another command is the index of its
/// node in `nodes`.
const UNLINK: u32 = u32::MAX;
const PING: u32 = u32::MAX - 1;
const SLOTS: u32 = u32::MAX - 2;
/// How often a node is asked for nothing, so that the map of the cluster can come before that reply.
const MAX_PINGS: u32 = 2;

/// How many keys SCAN looks at in a step: a small number costs a round trip for a handful of keys, a very large one
/// holds up the server's other clients.
const SCAN_COUNT: &[u8] = b"5000";

/// The longest cursor, in bytes: a number of 64 bits.
const MAX_CURSOR: usize = 20;

/// How long it waits for another primary in place of one that failed, in milliseconds: at first, and at the end of its time.
const PAUSE: u64 = 1_000;
const LAST_PAUSE: u64 = 50;

pub(in crate::cache) struct Clear {
    prefix: Vec<u8>,
    pattern: Vec<u8>,
    /// Whether nothing is cleared, and the nodes are wanted alone.
    only_lists: bool,
    /// The nodes that are cleared, or were.
    nodes: Vec<NodeId>,
    /// The next step: the index of a node, and the cursor; `0` where it is at its end.
    next_scan: Option<(u32, Vec<u8>)>,
    /// Of one server: the connection of the step before.
    scanned_by: Option<ConnectionId>,
    /// Keys that were found and are to be deleted.
    found: Vec<Vec<u8>>,
    pings: u32,
    /// Whether the map may have changed since.
    is_stale: bool,
    /// Nodes at which it failed, and why.
    failed: Vec<NodeId>,
    error: Option<Error>,
}

impl Clear {
    pub(in crate::cache) fn start(
        prefix: &[u8],
        only_lists: bool,
        commands: &mut Commands<'_>,
    ) -> Box<dyn MultiCommand> {
        let (prefix, pattern) = (prefix.to_vec(), key::pattern(prefix));
        let mut clear = Self {
            prefix,
            pattern,
            only_lists,
            nodes: Vec::new(),
            next_scan: None,
            scanned_by: None,
            found: Vec::new(),
            pings: 0,
            is_stale: false,
            failed: Vec::new(),
            error: None,
        };
        clear.begin_at_nodes(commands);
        Box::new(clear)
    }

    /// Begins at the nodes that are not cleared yet. A cluster's may not be known at first: its map comes with other replies.
    fn begin_at_nodes(&mut self, commands: &mut Commands<'_>) {
        let (primaries, is_complete) = commands.client().primaries();
        if (!is_complete || self.is_stale) && self.pings < MAX_PINGS {
            self.pings += 1;
            commands.request_map();
            return commands.send(PING, &Operation::Ping);
        }
        self.is_stale = false;
        if !is_complete {
            let question = Operation::command(&[b"CLUSTER", b"SLOTS"], Effect::ReadOnly);
            return commands.send_to(Route::Any, SLOTS, &question);
        }
        for node in primaries {
            if !self.nodes.contains(&node) {
                self.nodes.push(node);
                if !self.only_lists {
                    self.clear_node(self.nodes.len() as u32 - 1, commands);
                }
            }
        }
    }

    fn clear_node(&self, index: u32, commands: &mut Commands<'_>) {
        if !self.prefix.is_empty() {
            return self.send_scan(index, b"0", commands);
        }
        let route = Route::Node(self.nodes[index as usize]);
        commands.send_to(route, index, &Operation::Clear { prefix: b"" });
    }

    fn send_scan(&self, node: u32, cursor: &[u8], commands: &mut Commands<'_>) {
        let arguments = [b"SCAN", cursor, b"MATCH", &self.pattern, b"COUNT", SCAN_COUNT];
        let route = Route::Node(self.nodes[node as usize]);
        commands.send_to(route, node, &Operation::command(&arguments, Effect::ReadOnly));
    }

    /// SCAN's reply: the next cursor, `0` at the end, and keys. Only those that really have the prefix are deleted.
    fn on_scan(&mut self, node: u32, parts: &[Reply<'_>]) -> Result<(), ProtocolError> {
        let [Reply::Bulk(cursor), Reply::Array(keys)] = parts else {
            return Err(ProtocolError::Unexpected);
        };
        if cursor.len() > MAX_CURSOR {
            return Err(ProtocolError::Unexpected);
        }
        for key in keys {
            match key {
                Reply::Bulk(key) if key.starts_with(&self.prefix) => {
                    self.found.push(try_copy(key).ok_or(ProtocolError::OutOfMemory)?);
                }
                Reply::Bulk(_) => {}
                _ => return Err(ProtocolError::Unexpected),
            }
        }
        self.next_scan = Some((node, cursor.to_vec()));
        Ok(())
    }

    /// Whether the server may be another one than that of the step before, whose cursors mean nothing to it. A cluster's nodes are
    /// known by their addresses, and what takes the place of one is another node.
    fn is_replaced(&mut self, commands: &Commands<'_>) -> bool {
        let by = commands.replied_by();
        let is_other = !commands.is_cluster() && self.scanned_by.is_some() && self.scanned_by != by;
        self.scanned_by = if is_other { None } else { by };
        is_other
    }

    fn delete_found(&mut self, commands: &mut Commands<'_>) {
        let found = std::mem::take(&mut self.found);
        for chunk in found.chunks(commands.most_keys_of_write()) {
            let mut arguments = vec![&b"UNLINK"[..]];
            arguments.extend(chunk.iter().map(Vec::as_slice));
            commands.send(UNLINK, &Operation::command(&arguments, Effect::Idempotent));
        }
    }
}

impl MultiCommand for Clear {
    fn on_reply(&mut self, part: u32, reply: &Reply<'_>) -> Result<(), ProtocolError> {
        match reply {
            _ if part == SLOTS => {
                self.error = Some(Error::IncompleteTopology);
                Ok(())
            }
            Reply::Integer(_) if part == UNLINK => Ok(()),
            Reply::Status(b"PONG") if part == PING => Ok(()),
            Reply::Status(b"OK") if part < SLOTS && self.prefix.is_empty() => Ok(()),
            Reply::Array(parts) if part < SLOTS && !self.prefix.is_empty() => self.on_scan(part, parts),
            _ => Err(ProtocolError::Unexpected),
        }
    }

    fn on_error(&mut self, part: u32, error: Error) {
        self.found.clear();
        match part {
            PING | SLOTS => {}
            UNLINK => self.failed.clone_from(&self.nodes),
            node => self.failed.push(self.nodes[node as usize]),
        }
        let is_hidden = part == SLOTS && error.reply_code() == Some(ErrorCode::NoPerm);
        Error::note(&mut self.error, if is_hidden { Error::IncompleteTopology } else { error });
    }

    /// Deletes what was found, and looks on: both leave in one write.
    fn send_next(&mut self, commands: &mut Commands<'_>) {
        self.delete_found(commands);
        if let Some((node, cursor)) = self.next_scan.take() {
            if self.is_replaced(commands) {
                return self.send_scan(node, b"0", commands);
            }
            if cursor != b"0" {
                return self.send_scan(node, &cursor, commands);
            }
        }
        if !commands.client().is_cluster() || !commands.is_answered() {
            return;
        }
        match &self.error {
            None => self.begin_at_nodes(commands),
            // Where it is stale, a node failed before, and the one that was asked for the map since.
            Some(error) if (self.is_stale || !self.failed.is_empty()) && passes(error) => {
                let pause = PAUSE.min(commands.time_left() / 2);
                if pause >= LAST_PAUSE {
                    commands.wake_at(commands.now + pause);
                }
            }
            Some(_) => {}
        }
    }

    /// Where a node failed, another may have taken its place.
    fn on_timer(&mut self, commands: &mut Commands<'_>) {
        let failed = std::mem::take(&mut self.failed);
        self.nodes.retain(|node| !failed.contains(node));
        (self.error, self.pings, self.is_stale) = (None, 0, true);
        self.begin_at_nodes(commands);
    }

    fn outcome(self: Box<Self>) -> Outcome<'static> {
        match self.error {
            Some(error) => Outcome::Failed(error),
            None if LAYER && self.only_lists => numbers_of(&self.nodes),
            None => Outcome::Flag(true),
        }
    }
}

#[cold]
fn numbers_of(nodes: &[NodeId]) -> Outcome<'static> {
    let mut values = Values::missing(nodes.len());
    for (index, node) in nodes.iter().enumerate() {
        if values.put(index, &(node.index() as u16).to_le_bytes()).is_err() {
            break;
        }
    }
    Outcome::Values(values)
}

/// Whether a node that failed so may have been replaced by now.
fn passes(error: &Error) -> bool {
    use connection::Error::{ConnectTimeout, Lost, Unreachable, Unresponsive};
    let cause = match error {
        Error::Client(client::Error::Connection(cause), _) => cause,
        Error::Client(client::Error::Unavailable(unavailable), _) => &unavailable.cause,
        error => return error.reply_code() == Some(ErrorCode::ReadOnly),
    };
    matches!(cause, ConnectTimeout | Lost | Unreachable | Unresponsive)
}
