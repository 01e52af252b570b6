//! Servers behind sentinels, which are the nodes 0, 1 and 2.

use super::{World, config};
use cachelib_edge::client::{Config, Deployment};
use cachelib_edge::connection::ConnectionInfo;

pub(crate) const MASTER: usize = 3;
pub(crate) const REPLICA: usize = 4;
pub(crate) const OTHER: usize = 5;

pub(crate) fn preferring_replicas() -> Config {
    let connection = ConnectionInfo { client_name: "edge".into(), ..ConnectionInfo::default() };
    let mut config = Config { deployment: Deployment::Sentinel { master: "mymaster".into(), connection }, ..config() };
    config.reads_replicas = true;
    config
}

/// Puts a world behind sentinels.
pub(crate) fn behind(mut world: World, replicas: &[usize]) -> World {
    world.named_master = Some(MASTER);
    world.shards[0].primary = MASTER;
    world.shards[0].replicas = replicas.to_vec();
    world
}

/// How often a command came to a node.
pub(crate) fn arrived(world: &World, node: usize, command: &str) -> u32 {
    world.arrived.get(&(node, command.into())).copied().unwrap_or_default()
}
