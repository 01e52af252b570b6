//! As much of a cluster's node as a cache sees of it. Facts: `getNodeByQuery` of Redis 7.0, cluster.c.

use super::trace::{text, trace};
use super::{Connection, SLOTS, World, slot};
use crate::simulation::{Command, Redis, bulk, number, parse};
use cachelib_edge::cache::Address;
use std::collections::BTreeMap;

/// A fault by which a node closes the connection in place of answering.
pub(crate) const CLOSE: &str = "";

/// A primary and its replicas, which have its data at once.
#[derive(Debug, Default)]
pub(crate) struct Shard {
    pub(crate) primary: usize,
    pub(crate) replicas: Vec<usize>,
    pub(crate) redis: Redis,
}

#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) address: String,
    pub(crate) is_up: bool,
    /// Accepts no connection and answers nothing.
    pub(crate) is_silent: bool,
    /// The primary of each slot, as far as the node has heard.
    pub(crate) view: Vec<Option<usize>>,
    /// What it answers in place of what it should, by the command's name.
    pub(crate) faults: BTreeMap<String, String>,
    index: usize,
}

impl Node {
    pub(super) fn new(index: usize, view: &[Option<usize>]) -> Self {
        let address = format!("10.0.0.{index}:6379");
        Self { address, is_up: true, is_silent: false, view: view.to_vec(), faults: BTreeMap::new(), index }
    }

    pub(super) fn is_at(&self, address: &Address) -> bool {
        match address {
            Address::Configured(seed) => usize::from(*seed) == self.index,
            Address::Named(text) => **text == *self.address,
            _ => false,
        }
    }
}

impl World {
    /// Who serves a slot now.
    pub(crate) fn primary_of(&self, slot: u16) -> Option<usize> {
        self.owners[usize::from(slot)].map(|shard| self.shards[shard].primary)
    }

    pub(crate) fn node_of(&self, key: &str) -> usize {
        self.primary_of(slot(key.as_bytes())).expect("served")
    }

    pub(crate) fn value(&self, key: &str) -> Option<&[u8]> {
        self.shards.iter().find_map(|shard| shard.redis.value(key))
    }

    // ---- Changes

    /// A replica takes over its shard, whether the primary works or not.
    pub(crate) fn promote(&mut self, shard: usize) {
        trace!("{} promote {shard}", self.now);
        let Shard { primary, replicas, .. } = &mut self.shards[shard];
        let old = std::mem::replace(primary, replicas.remove(0));
        replicas.push(old);
        let slots: Vec<_> = (0..SLOTS as u16).filter(|&slot| self.owners[usize::from(slot)] == Some(shard)).collect();
        self.tell(&slots);
    }

    /// Begins to move a slot: keys go one by one.
    pub(crate) fn migrate(&mut self, slot: u16, to: usize) {
        trace!("{} migrate {slot}", self.now);
        self.moving.insert(slot, to);
    }

    pub(crate) fn move_key(&mut self, key: &[u8]) {
        let slot = slot(key);
        if let (Some(&to), Some(from)) = (self.moving.get(&slot), self.owners[usize::from(slot)])
            && let Ok([from, to]) = self.shards.get_disjoint_mut([from, to])
        {
            from.redis.move_key(key, &mut to.redis);
        }
    }

    pub(crate) fn finish_migration(&mut self, slot: u16) {
        trace!("{} finish_migration {slot}", self.now);
        let Some(from) = self.owners[usize::from(slot)] else {
            return;
        };
        let keys = self.shards[from].redis.keys().filter(|key| super::slot(key) == slot);
        let keys: Vec<_> = keys.map(<[u8]>::to_vec).collect();
        keys.iter().for_each(|key| self.move_key(key));
        if let Some(to) = self.moving.remove(&slot) {
            self.owners[usize::from(slot)] = Some(to);
            self.tell(&[slot]);
        }
    }

    /// Moves a slot with all its keys.
    pub(crate) fn reshard(&mut self, slot: u16, to: usize) {
        self.migrate(slot, to);
        self.finish_migration(slot);
    }

    /// The nodes concerned know at once, others by gossip.
    fn tell(&mut self, slots: &[u16]) {
        let primary_of = |&slot: &u16| self.primary_of(slot).map(|primary| (slot, primary));
        let news: Vec<_> = slots.iter().filter_map(primary_of).collect();
        self.told_at.extend(slots.iter().map(|&slot| (slot, self.now)));
        for node in 0..self.nodes.len() {
            let view = &mut self.nodes[node].view;
            let is_concerned =
                |&(slot, primary): &(u16, usize)| primary == node || view[usize::from(slot)] == Some(node);
            if self.gossip == 0 || news.iter().any(is_concerned) {
                news.iter().for_each(|&(slot, primary)| view[usize::from(slot)] = Some(primary));
            } else {
                let at = self.now + self.gossip / 2 + self.random.below(self.gossip);
                self.rumours.push((at, node, news.clone()));
            }
        }
    }

    pub(crate) fn spread_rumours(&mut self) {
        let (now, nodes) = (self.now, &mut self.nodes);
        self.rumours.retain(|(at, node, news)| {
            if *at <= now {
                news.iter().for_each(|&(slot, primary)| nodes[*node].view[usize::from(slot)] = Some(primary));
            }
            *at > now
        });
    }

    // ---- Commands

    pub(super) fn receive(&mut self, connection: &mut Connection, bytes: &[u8]) -> Vec<u8> {
        connection.input.extend_from_slice(bytes);
        let (commands, rest) = parse(&connection.input);
        connection.input.drain(..connection.input.len() - rest);
        let mut replies = Vec::new();
        self.shards.iter_mut().for_each(|shard| shard.redis.set_time(self.now));
        for command in commands {
            if !connection.is_closing {
                replies.extend(self.answer(connection, &command));
            }
        }
        replies
    }

    fn answer(&mut self, connection: &mut Connection, command: &Command) -> Vec<u8> {
        let name = String::from_utf8_lossy(&command[0]).into_owned();
        let node = connection.node;
        *self.arrived.entry((node, name.clone())).or_default() += 1;
        let is_asking = std::mem::take(&mut connection.is_asking);
        if command.get(1).is_some_and(|argument| argument == b"SLOTS") {
            self.maps_asked.push((self.now, node));
        }
        let arguments: Vec<&[u8]> = command[1..].iter().map(Vec::as_slice).collect();
        let is_read = matches!(name.as_str(), "GET" | "MGET" | "EXISTS" | "PTTL");
        let keys = keys_of(&name, &arguments).filter(|_| self.named_master.is_none());
        let placed = keys.map(|keys| (keys, self.place(connection, keys, is_asking, is_read)));
        let fault = self.nodes[node].faults.get(&name).cloned();
        let outcome = placed.as_ref().map(|(_, placed)| placed);
        trace!("{} node {node} {} asking {is_asking} -> {outcome:?} {fault:?}", self.now, text(command));
        if let Some(fault) = fault {
            connection.is_closing = fault == CLOSE;
            if is_asking {
                self.note_failure(node);
            }
            if let Some((keys, placed)) = placed {
                self.note_rejection(connection, keys, placed.is_ok());
            }
            return fault.into_bytes();
        }
        match (name.as_str(), arguments.as_slice()) {
            ("CLIENT", _) => return b"+OK\r\n".to_vec(),
            ("HELLO", _) => return b"%0\r\n".to_vec(),
            ("READONLY", _) => {
                connection.is_readonly = true;
                return b"+OK\r\n".to_vec();
            }
            ("ASKING", _) => {
                connection.is_asking = true;
                return b"+OK\r\n".to_vec();
            }
            ("SENTINEL", [b"GET-MASTER-ADDR-BY-NAME", name]) => return self.name_master(name),
            ("SENTINEL", [b"REPLICAS", b"mymaster"]) => return self.name_replicas(),
            ("SENTINEL", [b"REPLICAS", _]) => return b"-ERR No such master with that name\r\n".to_vec(),
            ("ROLE", _) => return self.role(node),
            ("PING", _) => return b"+PONG\r\n".to_vec(),
            ("CLUSTER", [b"MYID"]) => return bulk(id(node).as_bytes()),
            ("CLUSTER", [b"SLOTS"]) => return self.slots_reply(node),
            ("FLUSHDB" | "SCAN", _) => return self.at_node(node, command),
            _ => {}
        }
        let Some((keys, placed)) = placed else {
            assert!(self.named_master.is_some(), "{name} is no command of a cache");
            return self.serve_alone(node, command, is_read);
        };
        self.note_order(connection, keys, is_asking, &placed);
        match placed {
            Ok(shard) => self.shards[shard].redis.run_command(command),
            Err(error) => format!("-{error}\r\n").into_bytes(),
        }
    }

    /// The shard whose data the node answers by, or the error that it answers with.
    fn place(&self, connection: &Connection, keys: &[&[u8]], is_asking: bool, is_read: bool) -> Result<usize, String> {
        let (node, number) = (connection.node, slot(keys[0]));
        assert!(keys.iter().all(|key| slot(key) == number), "CROSSSLOT");
        let has = |shard: usize| keys.iter().filter(|key| self.shards[shard].redis.has(key)).count();
        let Some(owner) = self.owners[usize::from(number)] else {
            return Err("CLUSTERDOWN Hash slot not served".into());
        };
        let target = self.moving.get(&number).copied();
        if self.shards[owner].primary == node {
            let Some(target) = target.filter(|_| has(owner) < keys.len()) else {
                return Ok(owner);
            };
            let primary = &self.nodes[self.shards[target].primary].address;
            return Err(match has(owner) {
                0 => format!("ASK {number} {primary}"),
                _ => "TRYAGAIN Multiple keys request during rehashing of slot".into(),
            });
        }
        if let Some(target) = target.filter(|&target| is_asking && self.shards[target].primary == node) {
            let is_whole = keys.len() == 1 || has(target) == keys.len();
            return is_whole.then_some(target).ok_or_else(|| "TRYAGAIN Multiple keys request during rehashing".into());
        }
        if connection.is_readonly && is_read && self.shards[owner].replicas.contains(&node) {
            return Ok(owner);
        }
        match self.nodes[node].view[usize::from(number)] {
            Some(other) if other != node => Err(format!("MOVED {number} {}", self.nodes[other].address)),
            _ => Err(format!("MOVED {number} {}", self.nodes[self.shards[owner].primary].address)),
        }
    }

    // ---- Sentinels, a master and a replica: node 3 and node 4

    fn name_master(&self, name: &[u8]) -> Vec<u8> {
        let master = self.named_master.filter(|_| name == b"mymaster").map(|master| &self.nodes[master].address);
        let parts = master.and_then(|address| address.rsplit_once(':'));
        parts.map_or_else(
            || crate::simulation::NIL.to_vec(),
            |(host, port)| [b"*2\r\n".to_vec(), bulk(host.as_bytes()), bulk(port.as_bytes())].concat(),
        )
    }

    /// As sentinels name them: a flat list for each. Those that they do not reach are among them.
    fn name_replicas(&self) -> Vec<u8> {
        let named: Vec<_> = self.shards[0].replicas.iter().map(|&node| self.replica_entry(node)).collect();
        [format!("*{}\r\n", named.len()).into_bytes(), named.concat()].concat()
    }

    fn replica_entry(&self, node: usize) -> Vec<u8> {
        let node = &self.nodes[node];
        let (host, port) = node.address.rsplit_once(':').expect("a port");
        let flags = node.faults.get("flags").map_or("slave", String::as_str);
        let link = node.faults.get("link").map_or("ok", String::as_str);
        let fields = ["name", &node.address, "ip", host, "port", port, "flags", flags, "master-link-status", link];
        let fields: Vec<_> = fields.iter().map(|field| bulk(field.as_bytes())).collect();
        [format!("*{}\r\n", fields.len()).into_bytes(), fields.concat()].concat()
    }

    fn role(&self, node: usize) -> Vec<u8> {
        let role: &[u8] = if self.shards[0].primary == node { b"master" } else { b"slave" };
        [b"*2\r\n".to_vec(), bulk(role), b":0\r\n".to_vec()].concat()
    }

    fn serve_alone(&mut self, node: usize, command: &Command, is_read: bool) -> Vec<u8> {
        if self.shards[0].primary != node && !is_read {
            return b"-READONLY You can't write against a read only replica.\r\n".to_vec();
        }
        self.shards[0].redis.run_command(command)
    }

    fn at_node(&mut self, node: usize, command: &Command) -> Vec<u8> {
        let shard = self.shards.iter_mut().find(|shard| shard.primary == node || shard.replicas.contains(&node));
        let shard = shard.expect("every node is of a shard");
        if shard.primary != node && command[0] == b"FLUSHDB" {
            return b"-READONLY You can't write against a read only replica.\r\n".to_vec();
        }
        shard.redis.run_command(command)
    }

    /// The map as the node sees it.
    fn slots_reply(&self, node: usize) -> Vec<u8> {
        let view = &self.nodes[node].view;
        let (mut ranges, mut first) = (Vec::new(), 0);
        for end in 1..=SLOTS {
            if end == SLOTS || view[end] != view[first] {
                ranges.extend(view[first].map(|primary| self.range(first, end - 1, primary)));
                first = end;
            }
        }
        [format!("*{}\r\n", ranges.len()).into_bytes(), ranges.concat()].concat()
    }

    fn range(&self, first: usize, last: usize, primary: usize) -> Vec<u8> {
        let of_shard = |shard: &&Shard| shard.primary == primary || shard.replicas.contains(&primary);
        let shard = self.shards.iter().find(of_shard).expect("every node is of a shard");
        // Replicas that have failed are left out.
        let is_told = |&&node: &&usize| node != primary && self.nodes[node].is_up;
        let others = shard.replicas.iter().chain([&shard.primary]).filter(is_told);
        let nodes: Vec<_> = [&primary].into_iter().chain(others).map(|&node| self.entry(node)).collect();
        let head = format!("*{}\r\n:{first}\r\n:{last}\r\n", 2 + nodes.len());
        [head.into_bytes(), nodes.concat()].concat()
    }

    fn entry(&self, node: usize) -> Vec<u8> {
        let (host, port) = self.nodes[node].address.rsplit_once(':').expect("a port");
        let (host, id) = (bulk(host.as_bytes()), bulk(id(node).as_bytes()));
        [b"*4\r\n".to_vec(), host, format!(":{port}\r\n").into_bytes(), id, b"*0\r\n".to_vec()].concat()
    }
}

/// The keys of a command that has some.
fn keys_of<'a>(name: &str, arguments: &'a [&'a [u8]]) -> Option<&'a [&'a [u8]]> {
    match name {
        "MGET" | "DEL" | "UNLINK" => Some(arguments),
        "EVAL" => Some(&arguments[2..][..number(arguments[1]) as usize]),
        "GET" | "SET" | "EXISTS" | "PTTL" | "INCRBY" => arguments.get(..1),
        _ => None,
    }
}

fn id(node: usize) -> String {
    format!("{node:040}")
}
