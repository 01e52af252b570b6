//! Where a request goes.

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route<'a> {
    /// To any node.
    Any,
    /// To the node that has this key.
    Key(&'a [u8]),
    /// To this node.
    Node(NodeId),
}

/// One server of the installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeId(pub(super) u16);

impl NodeId {
    /// A number that stands for it.
    #[must_use]
    pub const fn index(self) -> u32 {
        self.0 as u32
    }
}

/// What the user opens a socket to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Address {
    /// The server of this index among those that the user has configured: the user knows how to reach it.
    Configured(u16),
}

/// One of the client's connections. An identifier names one socket, and is not used again before a million others were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u32);

/// How many bits of an identifier tell the node.
const NODE_BITS: u32 = 12;

impl ConnectionId {
    pub(super) const fn new(serial: u32, node: NodeId) -> Self {
        Self(serial << NODE_BITS | node.0 as u32)
    }

    pub(super) const fn node(self) -> usize {
        (self.0 & ((1 << NODE_BITS) - 1)) as usize
    }
}
