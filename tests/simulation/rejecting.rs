//! A server that rejects commands.

use super::{Done, Simulation};
use cachelib_edge::cache::Operation;

/// A connected cache whose server answers the next `count` commands, but those of handshakes, with an error.
pub(crate) fn rejecting(error: &'static str, count: usize) -> Simulation {
    let mut simulation = Simulation::with_redis();
    let ping = simulation.submit(Operation::Ping);
    simulation.drive();
    assert_eq!(simulation.done(ping), Done::Flag(true));
    simulation.actions.clear();
    simulation.redis().executed.clear();
    reject(&mut simulation, error, count);
    simulation
}

pub(crate) fn reject(simulation: &mut Simulation, error: &'static str, mut count: usize) {
    simulation.redis().faults.0 = Some(Box::new(move |name| {
        let is_rejected = count > 0 && !matches!(name, "CLIENT" | "AUTH" | "SELECT" | "HELLO");
        count -= usize::from(is_rejected);
        is_rejected.then(|| error.into())
    }));
}
