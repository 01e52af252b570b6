//! What a connection is doing, as a table.

/// The life of a connection: one socket, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The socket is being opened, TLS included.
    Connecting,
    /// The socket is open; the commands of the handshake are not all answered.
    Handshake,
    /// Everything may be sent.
    Ready,
    /// What is queued is still sent and answered, then the socket is closed; nothing new is accepted.
    Closing,
    /// What is in flight is still answered, then the socket is closed; what is queued is for another connection.
    Draining,
    /// There is no socket any more.
    Closed,
}

/// What moves a connection from one state to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The transport opened the socket.
    Opened,
    /// The server accepted the handshake.
    HandshakeDone,
    /// The client closes the connection.
    CloseRequested,
    /// The client has another connection for what is not sent yet.
    DrainRequested,
    /// Nothing is outstanding any more.
    Drained,
    /// The socket is gone: never opened, closed by the peer, or given up by us.
    Disconnected,
}

impl State {
    /// The state after `event`, or `None` where the event has no meaning and changes nothing.
    #[must_use]
    pub const fn after(self, event: Event) -> Option<Self> {
        use Event::*;
        use State::*;
        Some(match (self, event) {
            (Connecting, Opened) => Handshake,
            (Handshake, HandshakeDone) => Ready,
            (Ready | Draining, CloseRequested) => Closing,
            (Ready, DrainRequested) => Draining,
            (Connecting | Handshake, CloseRequested | DrainRequested) | (Closing | Draining, Drained) => Closed,
            (Connecting | Handshake | Ready | Closing | Draining, Disconnected) => Closed,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Event::*, State::*};

    const EVENTS: [super::Event; 6] = [Opened, HandshakeDone, CloseRequested, DrainRequested, Drained, Disconnected];

    #[test]
    fn a_connection_lives_once() {
        let mut state = Connecting;
        for event in [Opened, HandshakeDone, DrainRequested, CloseRequested, Drained] {
            state = state.after(event).expect("the event has a meaning here");
        }
        assert_eq!(state, Closed);
        assert!(EVENTS.iter().all(|&event| Closed.after(event).is_none()));
    }

    #[test]
    fn every_open_state_can_be_disconnected_and_the_handshake_cannot_be_skipped() {
        for state in [Connecting, Handshake, Ready, Closing, Draining] {
            assert_eq!(state.after(Disconnected), Some(Closed));
        }
        assert_eq!(Connecting.after(HandshakeDone), None);
        assert_eq!(Ready.after(Opened), None);
        assert_eq!(Ready.after(Drained), None);
    }
}
