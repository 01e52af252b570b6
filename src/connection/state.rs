//! What a connection is doing, as a table.

/// The life of a connection to one server; it goes round until it is closed for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No socket, and no need of one.
    Idle,
    /// A socket is being opened, TLS included.
    Connecting,
    /// The socket is open; AUTH, SELECT and CLIENT SETNAME are not all answered.
    Handshake,
    /// Everything may be sent.
    Ready,
    /// The last replies are awaited; then the socket is closed for good.
    Closing,
    /// Waiting before the next attempt.
    BackingOff,
    /// Closed for good.
    Closed,
}

/// What moves a connection from one state to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// There is a request to send.
    Wanted,
    /// The transport opened the socket.
    Opened,
    /// The server accepted the handshake.
    Greeted,
    /// The socket is gone: never opened, closed by the peer, or given up by us.
    Lost,
    /// The socket is gone before the server answered a single request.
    Spurned,
    /// The pause between two attempts is over.
    Rested,
    /// The user closes the cache.
    CloseWanted,
    /// Nothing is outstanding any more.
    Drained,
}

impl State {
    /// The state after `event`, or `None` where the event has no meaning and changes nothing.
    #[must_use]
    pub const fn after(self, event: Event) -> Option<Self> {
        use Event::*;
        use State::*;
        Some(match (self, event) {
            (Idle, Wanted) => Connecting,
            (Connecting, Opened) => Handshake,
            (Handshake, Greeted) => Ready,
            (Connecting | Handshake, Lost) | (Ready, Spurned) => BackingOff,
            (Ready, Lost) | (BackingOff, Rested) => Idle,
            (Ready, CloseWanted) => Closing,
            (Idle | Connecting | Handshake | BackingOff, CloseWanted) | (Closing, Drained | Lost) => Closed,
            _ => return None,
        })
    }

    /// Whether the transport holds a socket for this connection, open or about to be.
    #[must_use]
    pub const fn has_socket(self) -> bool {
        matches!(self, Self::Connecting | Self::Handshake | Self::Ready | Self::Closing)
    }
}

#[cfg(test)]
mod tests {
    use super::{Event::*, State::*};

    #[test]
    fn a_connection_lives_dies_and_lives_again() {
        let mut state = Idle;
        for event in
            [Wanted, Lost, Rested, Wanted, Opened, Greeted, Lost, Wanted, Opened, Greeted, CloseWanted, Drained]
        {
            state = state.after(event).expect("the event has a meaning here");
        }
        assert_eq!(state, Closed);
    }

    #[test]
    fn nothing_leads_out_of_closed_and_no_pause_is_skipped() {
        for event in [Wanted, Opened, Greeted, Lost, Spurned, Rested, CloseWanted, Drained] {
            assert_eq!(Closed.after(event), None);
        }
        assert_eq!(BackingOff.after(Wanted), None);
        assert_eq!(Connecting.after(Greeted), None);
    }
}
