//! What a connection writes to its socket, and when.

use super::{Connection, Effect, Request, State};
use std::ops::Range;

/// The most bytes that are copied to leave in one write with the handshake.
const MAX_PIPELINED_WITH_HANDSHAKE: usize = 1024 * 1024;

/// What was handed to the transport last.
#[derive(Debug)]
pub(super) enum Transmission {
    Handshake,
    Queue(Range<usize>),
}

impl<T: Copy> Connection<T> {
    /// The bytes that [`poll_transmit`](Self::poll_transmit) spoke of; valid until something is put in.
    #[must_use]
    pub fn transmission(&self) -> &[u8] {
        match &self.transmission {
            Transmission::Handshake => &self.handshake.bytes,
            Transmission::Queue(range) => self.queue.bytes(range.clone()),
        }
    }

    /// Whether [`transmission`](Self::transmission) is to be written to the socket. Called once there are no replies left.
    ///
    /// In the handshake only reads are pipelined, and writes too when it cannot change where they land; nothing overtakes.
    pub fn poll_transmit(&mut self, now: u64) -> bool {
        let all = match self.state {
            State::Ready | State::Closing => true,
            State::Handshake => !self.handshake.changes_session,
            _ => return false,
        };
        self.queue.compact();
        if self.queue.in_flight() == 0 {
            self.last_activity = now;
        }
        let can_send = |request: &Request<T>| all || request.effect == Effect::ReadOnly;
        // Once handed out the handshake stays in memory until bytes come: the user may not have written it yet.
        if self.handshake.is_sent || self.handshake.bytes.is_empty() {
            let sent = self.queue.send(can_send);
            return sent.map(|range| self.transmission = Transmission::Queue(range)).is_some();
        }
        if self.queue.unsent() <= MAX_PIPELINED_WITH_HANDSHAKE {
            let pipelined = self.queue.send(can_send).unwrap_or_default();
            self.handshake.bytes.extend_from_slice(self.queue.bytes(pipelined));
        }
        self.handshake.is_sent = true;
        self.transmission = Transmission::Handshake;
        true
    }
}
